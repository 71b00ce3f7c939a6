import type { Rows } from '../core/settings'

/** Columns of a key in Dokku's reports, at the least. */
const WIDTH = 31

/** The report of an app, or of `--global`, as Dokku prints its own: `Shared cache layout:   root`. */
export function reportLines(rows: Rows, plugin: string): readonly string[] {
  const title = (plugin.charAt(0).toUpperCase() + plugin.slice(1)).replaceAll('-', ' ')
  const named = Object.entries(rows).map(
    ([key, value]) => [`${title} ${key.replaceAll('-', ' ')}:`, value] as const,
  )
  const width = Math.max(WIDTH, ...named.map(([name]) => name.length + 1))
  return named.map(([name, value]) => name.padEnd(width) + value)
}
