import { KnownError } from '../../foundation/core/errors'
import { checkFormat } from '../../foundation/cli/format'
import type { Command, CommonOptions } from '../../foundation/cli/command'
import { reportApps, splitWords } from './app'
import { HOST_FORMATS, reportHost } from './host-report'

export interface ReportOptions extends CommonOptions {
  readonly global?: boolean
  readonly buildkit?: boolean
  readonly format: string
}

/**
 * Reports on one app, or on all, from properties alone. With `--global` reports what the caches hold,
 * which walks them.
 */
export const report: Command<ReportOptions, readonly [readonly string[]]> = async (
  context,
  { global = false, buildkit = false, format },
  words,
) => {
  const { flag } = splitWords(words)
  const isHost = global && flag === undefined
  checkFormat(format, 'stdout', ...(isHost ? HOST_FORMATS : ['json']))
  if (flag !== undefined && format === 'json') {
    throw new KnownError('--format flag cannot be specified when specifying an info flag')
  }
  return isHost
    ? reportHost(context, { format, buildkit })
    : reportApps(context, { words, global, format })
}
