import { type Rows, type Values, sortRows } from '../../../foundation/core/settings'
import { parseGiven } from '../../apps/core/record'
import { appRows as settingRows } from '../../settings/core/settings'

/** The report of one app: its properties, and what it was given. */
export function appRows(app: string, values: Values, global: Values): Rows {
  const { given } = parseGiven(app, values['given'])
  return sortRows({
    ...settingRows(values, global),
    'given-layout': given.layout ?? '',
    'given-mounts': given.mounts.map((m) => `${m.host}:${m.container}`).join(' '),
    'given-variables': Object.entries(given.env)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    withheld: given.notes.map(({ cache, why, what }) => `${cache} (${why} ${what})`).join(', '),
  })
}
