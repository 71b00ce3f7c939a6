import type { Rows } from '../../foundation/core/settings'

/** Columns of a key in Dokku's reports, at the least. */
const WIDTH = 31

/** The report of an app, or of `--global`, as Dokku prints its own. */
export function appReportLines(rows: Rows): readonly string[] {
  const named = Object.entries(rows).map(
    ([key, value]) => [`Shared cache ${key.replaceAll('-', ' ')}:`, value] as const,
  )
  const width = Math.max(WIDTH, ...named.map(([name]) => name.length + 1))
  return named.map(([name, value]) => name.padEnd(width) + value)
}
