import { KnownError } from '../core/errors'
import { type Rows, rowOf } from '../core/settings'
import { reportLines } from '../output/report'
import type { Context } from './command'
import { checkFormat } from './format'

/**
 * The app and the flag (`--PLUGIN-KEY`) among the words of a report, as Dokku's own reports take them.
 * Throws KnownError for an unknown option, for two of a kind, and for a flag beside `--format json`.
 */
export function readReportWords(
  words: readonly string[],
  plugin: string,
  format: string,
): { readonly app: string | undefined; readonly flag: string | undefined } {
  checkFormat(format, 'stdout', 'json')
  const flags = words.filter((word) => word.startsWith('--'))
  const odd = flags.find((flag) => !flag.startsWith(`--${plugin}-`))
  if (odd) throw new KnownError(`unknown option '${odd}'`)
  const apps = words.filter((word) => !word.startsWith('--'))
  if (flags.length > 1 || apps.length > 1) throw new KnownError('Name at most one app and one flag')
  const [flag] = flags
  if (flag !== undefined && format === 'json') {
    throw new KnownError('--format flag cannot be specified when specifying an info flag')
  }
  return { app: apps[0], flag }
}

/** Prints the rows of one app or of `--global`: one value for a flag, one line of JSON, or a report. */
export function showRows(
  { log, platform }: Context,
  name: string,
  rows: Rows,
  format: string,
  flag: string | undefined,
): void {
  const { name: plugin } = platform.plugin
  if (flag !== undefined) log.plain(rowOf(rows, flag, plugin))
  else if (format === 'json') log.plain(JSON.stringify(rows))
  else {
    log.heading(`${name} ${plugin} information`)
    for (const line of reportLines(rows, plugin)) log.detail(line)
  }
}
