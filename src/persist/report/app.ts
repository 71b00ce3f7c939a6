import { join } from 'node:path'
import { version } from '../../../package.json'
import type { Rows } from '../../foundation/core/settings'
import type { DokkuHost } from '../../foundation/dokku/open'
import { appRows, globalRows } from './core/rows'

/** The rows of one app. Throws KnownError where Dokku cannot tell its mounts. */
export async function readAppRows({ dokku }: DokkuHost, app: string): Promise<Rows> {
  return appRows(await dokku.mounts(app))
}

/** The rows of `--global`. */
export function readGlobalRows({ platform }: DokkuHost): Rows {
  return globalRows(version, join(platform.libRoot, 'data/storage'))
}
