import { KnownError } from '../core/errors'
import { type Rows, rowOf } from '../core/properties'
import type { Context } from './command'
import { checkFormat } from './format'

/**
 * The app and the flag (`--PLUGIN-KEY`) in the arguments of a report, as in Dokku's own reports. Throws
 * KnownError for an unknown option, and for more than one app or flag.
 */
export function readReportWords(
  words: readonly string[],
  plugin: string,
): { readonly app: string | undefined; readonly flag: string | undefined } {
  const flags = words.filter((word) => word.startsWith('--'))
  const odd = flags.find((flag) => !flag.startsWith(`--${plugin}-`))
  if (odd) throw new KnownError(`unknown option '${odd}'`)
  const apps = words.filter((word) => !word.startsWith('--'))
  if (flags.length > 1 || apps.length > 1)
    throw new KnownError('report takes at most one app and one flag')
  return { app: apps[0], flag: flags[0] }
}

/** Prints rows for scripts: one value for a flag, otherwise one line of JSON. */
export function printRows({ log, platform }: Context, rows: Rows, flag: string | undefined): void {
  log.plain(flag === undefined ? JSON.stringify(rows) : rowOf(rows, flag, platform.plugin.name))
}

/** Checks the format of a report. Throws KnownError, with Dokku's message, for a flag with JSON. */
export function checkReportFormat(
  format: string,
  flag: string | undefined,
  more: readonly string[] = [],
): void {
  checkFormat(format, 'stdout', 'json', ...more)
  if (flag === undefined || format !== 'json') return
  throw new KnownError('--format flag cannot be specified when specifying an info flag')
}
