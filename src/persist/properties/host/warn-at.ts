import type { Dokku } from '../../../foundation/dokku/dokku'
import { warnAtOf } from '../core/properties'

/** Reads `warn-at` of an app, or of all apps for a volume without one: 0 to 1, null for `off`. */
export function readWarnAt({ properties }: Dokku): (app: string | null) => number | null {
  const global = properties.all('--global')
  return (app) => warnAtOf(app === null ? {} : properties.all(app), global)
}
