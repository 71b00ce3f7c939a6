import type { Command, CommonOptions } from '../../foundation/cli/command'
import { readReportWords, showRows } from '../../foundation/cli/report'
import { oneOrAllApps, openDokku } from '../../foundation/dokku/open'
import { readAppRows, readGlobalRows } from './app'

export interface ReportOptions extends CommonOptions {
  readonly global?: boolean
  readonly format: string
}

/** Shows the storage mounts of one app or of all apps. Reads only. */
export const report: Command<ReportOptions, readonly [readonly string[]]> = async (
  context,
  options,
  words,
) => {
  const { app, flag } = readReportWords(words, context.platform.plugin.name, options.format)
  const host = openDokku(context)
  if (options.global) {
    showRows(context, '--global', readGlobalRows(host), options.format, flag)
    return 0
  }
  for (const name of await oneOrAllApps(host.dokku, app)) {
    showRows(context, name, await readAppRows(host, name), options.format, flag)
  }
  return 0
}
