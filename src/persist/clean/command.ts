import type { Command, CommonOptions, Context } from '../../foundation/cli/command'
import { confirm } from '../../foundation/cli/confirm'
import { checkFormat } from '../../foundation/cli/format'
import { EXIT } from '../../foundation/core/errors'
import { oneOrAllApps } from '../../foundation/dokku/open'
import { formatBytes } from '../../foundation/output/units'
import { measureVolumes } from '../usage/host/measure'
import { findVolume } from '../volumes/host/find'
import { openVolumes } from '../volumes/host/server'
import { type CleanWords, chooseVolumes, parseRequest } from './core/request'
import { cleanVolume } from './host/clean'
import { type CleanOutcome, cleanDocument, plannedLine, removedLine } from './text'

export interface CleanOptions extends CommonOptions, CleanWords {
  readonly dryRun?: boolean
  readonly format: string
}

/** Asks before files are deleted. The app's name has to be typed. */
async function ask(
  context: Context,
  options: CleanOptions,
  app: string,
  outcomes: readonly CleanOutcome[],
): Promise<void> {
  const files = outcomes.reduce((sum, { planned }) => sum + planned.files, 0)
  const bytes = outcomes.reduce((sum, { planned }) => sum + planned.bytes, 0)
  const what = `delete ${files} file${files === 1 ? '' : 's'} (${formatBytes(bytes)}) of ${app}`
  const lines = [`This command will ${what}.`]
  await confirm(context, options, lines, app, options.format === 'stdout')
}

/**
 * Deletes old files in the volumes of an app that hold a cache or logs: shows how many, asks, deletes,
 * shows what was freed. Exits with 1 if something could not be read or deleted.
 */
export const clean: Command<CleanOptions, readonly [string]> = async (context, options, app) => {
  checkFormat(options.format, 'stdout', 'json')
  const { log } = context
  const { dryRun = false } = options
  const forPerson = options.format === 'stdout'
  const request = parseRequest(options)
  const server = openVolumes(context)
  await oneOrAllApps(server.dokku, app)
  const { name } = request
  const own = name === undefined ? server.records.of(app) : [findVolume(server, app, name)]
  const volumes = chooseVolumes(app, own, request)
  const before = server.now().getTime() - request.age

  const outcomes: CleanOutcome[] = []
  if (forPerson) log.step(`Files of ${app} that are older than ${options.olderThan ?? ''}`)
  for (const volume of volumes) {
    const planned = await cleanVolume(server, volume, request.kind, before, 'dry')
    outcomes.push({ volume, planned, removed: null })
  }
  if (forPerson) for (const one of outcomes) log.detail(plannedLine(one))

  const work = outcomes.filter(({ planned }) => planned.files > 0)
  if (!dryRun && work.length > 0) {
    await ask(context, options, app, work)
    for (const one of work) {
      const removed = await cleanVolume(server, one.volume, request.kind, before, 'delete')
      outcomes[outcomes.indexOf(one)] = { ...one, removed }
      if (forPerson) log.detail(removedLine(one, removed))
    }
    const entries = work.map(({ volume }) => volume.entry)
    await measureVolumes(server, entries, () => undefined)
  }
  if (!forPerson) log.plain(JSON.stringify(cleanDocument(app, before, dryRun, outcomes)))
  const isComplete = outcomes.every(({ planned, removed }) => (removed ?? planned).complete)
  if (!isComplete)
    log.warn('Something could not be read or deleted. See `dmesg`, then run this again.')
  return isComplete ? EXIT.ok : EXIT.failure
}
