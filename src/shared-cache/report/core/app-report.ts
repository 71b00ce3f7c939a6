import { KnownError } from '../../../foundation/core/errors'
import { parseGiven } from '../../apps/core/record'
import { type Values, SETTINGS, effective } from '../../settings/core/settings'

/** A report as Dokku has them: keys without their prefix, values as text. */
export type Rows = Readonly<Record<string, string>>

/** Values of one app, of all, and what follows: each settable key is shown three ways. */
export function appRows(app: string, values: Values, global: Values): Rows {
  const rows: Record<string, string> = {}
  for (const { key, scope } of SETTINGS) {
    if (scope === 'global') continue
    rows[key] = values[key] ?? ''
    if (scope === 'both') rows[`global-${key}`] = global[key] ?? ''
    rows[`computed-${key}`] = effective(key, values, global)
  }
  const { given } = parseGiven(app, values['given'])
  rows['given-layout'] = given.layout ?? ''
  rows['given-mounts'] = given.mounts.map((m) => `${m.host}:${m.container}`).join(' ')
  rows['given-variables'] = Object.entries(given.env)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
  rows['withheld'] = given.notes
    .map(({ cache, why, what }) => `${cache} (${why} ${what})`)
    .join(', ')
  return sortRows(rows)
}

/** Values for all apps, and what follows. */
export function globalRows(global: Values): Rows {
  const rows: Record<string, string> = {}
  for (const { key, scope } of SETTINGS) {
    if (scope === 'app') continue
    rows[`global-${key}`] = global[key] ?? ''
    rows[`computed-${key}`] = effective(key, {}, global)
  }
  return sortRows(rows)
}

function sortRows(rows: Record<string, string>): Rows {
  return Object.fromEntries(Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The bare value of `--shared-cache-KEY`. Throws KnownError, in Dokku's words, for an unknown one. */
export function rowOf(rows: Rows, flag: string): string {
  const value = rows[flag.replace(/^--shared-cache-/, '')]
  if (value !== undefined) return value
  const flags = Object.keys(rows).map((key) => `--shared-cache-${key}`)
  throw new KnownError(`Invalid flag passed, valid flags: ${flags.join(', ')}`)
}
