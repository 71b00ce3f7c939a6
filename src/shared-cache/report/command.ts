import { checkReportFormat, readReportWords } from '../../foundation/cli/report'
import type { Command, CommonOptions } from '../../foundation/cli/command'
import { reportApps } from './app'
import { HOST_FORMATS, reportHost } from './host-report'

export interface ReportOptions extends CommonOptions {
  readonly global?: boolean
  readonly buildkit?: boolean
  readonly format: string
}

/**
 * Reports on one app or all apps, from properties alone. With `--global` reports the sizes of the
 * caches, which walks them.
 */
export const report: Command<ReportOptions, readonly [readonly string[]]> = async (
  context,
  { global = false, buildkit = false, format },
  words,
) => {
  const { flag } = readReportWords(words, context.platform.plugin.name)
  const isHost = global && flag === undefined
  checkReportFormat(format, flag, isHost ? HOST_FORMATS : [])
  return isHost
    ? reportHost(context, { format, buildkit })
    : reportApps(context, { words, global, format })
}
