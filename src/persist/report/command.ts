import type { Command, CommonOptions, Context } from '../../foundation/cli/command'
import { checkReportFormat, printRows, readReportWords } from '../../foundation/cli/report'
import { EXIT } from '../../foundation/core/errors'
import { oneOrAllApps } from '../../foundation/dokku/open'
import { measureVolumes } from '../usage/host/measure'
import type { Volume } from '../volumes/core/volume'
import { type VolumeServer, openVolumes } from '../volumes/host/server'
import { readApp, showApp } from './app'
import { HOST_FORMATS, readGlobalRows, reportHost } from './host'

export interface ReportOptions extends CommonOptions {
  readonly global?: boolean
  readonly measure?: boolean
  readonly format: string
}

/** Walks these volumes first. Says which ones cannot be read; returns whether all were. */
async function measure(
  { log }: Context,
  server: VolumeServer,
  volumes: readonly Volume[],
): Promise<boolean> {
  const entries = volumes.map(({ entry }) => entry)
  const failed = await measureVolumes(server, entries, (entry) => {
    log.progress(`Measuring ${entry}`)
  })
  log.progress('')
  for (const { entry, error } of failed) log.warn(`${entry} could not be measured: ${error}`)
  return failed.length === 0
}

/**
 * Reports on one app or all apps, or with `global` on this host, from what is remembered: nothing is
 * walked without `measure`. Exits with 1 if a volume could not be measured.
 */
export const report: Command<ReportOptions, readonly [readonly string[]]> = async (
  context,
  options,
  words,
) => {
  const { global = false, format } = options
  const { app, flag } = readReportWords(words, context.platform.plugin.name)
  checkReportFormat(format, flag, global && flag === undefined ? HOST_FORMATS : [])
  const server = openVolumes(context)
  if (global && flag !== undefined) {
    printRows(context, readGlobalRows(server), flag)
    return EXIT.ok
  }
  const apps = global ? [] : await oneOrAllApps(server.dokku, app)
  const volumes = server.records.all().filter((one) => global || apps.includes(one.app ?? ''))
  const isMeasured = !options.measure || (await measure(context, server, volumes))
  if (global) await reportHost(context, server, format)
  for (const name of apps) {
    const document = await readApp(server, name)
    if (flag === undefined && format === 'stdout') showApp(context, document)
    else if (flag !== undefined) printRows(context, document.rows, flag)
    else context.log.plain(JSON.stringify({ ...document.rows, volumes: document.volumes }))
  }
  return isMeasured ? EXIT.ok : EXIT.failure
}
