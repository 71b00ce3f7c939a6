import type { Command, CommonOptions } from '../../foundation/cli/command'
import { checkReportFormat, printRows, readReportWords } from '../../foundation/cli/report'
import type { Rows } from '../../foundation/core/properties'
import { oneOrAllApps, openDokku } from '../../foundation/dokku/open'
import { readAppRows, readGlobalRows, showRows } from './app'

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
  const { app, flag } = readReportWords(words, context.platform.plugin.name)
  checkReportFormat(options.format, flag)
  const forPerson = flag === undefined && options.format === 'stdout'
  const show = (name: string, rows: Rows) =>
    forPerson ? showRows(context, name, rows) : printRows(context, rows, flag)

  const host = openDokku(context)
  if (options.global) {
    show('--global', readGlobalRows(host))
    return 0
  }
  for (const name of await oneOrAllApps(host.dokku, app)) show(name, await readAppRows(host, name))
  return 0
}
