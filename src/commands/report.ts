import { appRows, globalRows, rowOf, type Rows } from '../core/app-report'
import { KnownError, noSuchApp } from '../core/errors'
import type { Site } from '../host/apply'
import { survey } from '../host/survey'
import { cacheLines, diskLines } from '../output/global-report-text'
import { appReportLines } from '../output/app-report-text'
import { checkFormat, openSite } from './site'
import type { Command, CommonOptions, World } from './world'

export interface ReportOptions extends CommonOptions {
  readonly global?: boolean
  readonly format: string
}

function split(words: readonly string[]): { apps: readonly string[]; flags: readonly string[] } {
  const flags = words.filter((word) => word.startsWith('--'))
  const odd = flags.find((flag) => !flag.startsWith('--shared-cache-'))
  if (odd) throw new KnownError(`unknown option '${odd}'`)
  const apps = words.filter((word) => !word.startsWith('--'))
  if (flags.length > 1 || apps.length > 1) throw new KnownError('One app and one flag at the most')
  return { apps, flags }
}

function show(world: World, name: string, rows: Rows, format: string, flag: string | undefined) {
  if (flag) world.log.plain(rowOf(rows, flag))
  else if (format === 'json') world.log.plain(JSON.stringify(rows))
  else {
    world.log.heading(`${name} shared-cache information`)
    for (const line of appReportLines(rows)) world.log.detail(line)
  }
}

function rowsFor(site: Site, app: string): Rows {
  return appRows(app, site.dokku.properties.all(app), site.common.settings)
}

/** What the caches of this host hold and cost: one document, rendered as it was asked for. */
async function reportHost(world: World, { format }: ReportOptions): Promise<number> {
  const { log } = world
  const site = world.platform.kind === 'dokku' ? await openSite(world) : null
  const document = await survey(world, site, world.now(), (cache, files) => {
    log.progress(`measuring ${cache}: ${files} files`)
  })
  log.progress('')
  if (format === 'json') {
    log.plain(JSON.stringify(document))
    return 0
  }
  log.heading(`Shared caches in ${document.root}`)
  for (const line of [...cacheLines(document), ...diskLines(document)]) log.detail(line)
  return 0
}

/**
 * What is set and what was given, for one app or all: properties alone, nothing is walked. With
 * `--global` what the caches hold and cost.
 */
export const report: Command<ReportOptions, readonly [readonly string[]]> = async (
  world,
  options,
  words,
) => {
  const { apps, flags } = split(words)
  const [flag] = flags
  checkFormat(options.format, 'stdout', 'json')
  if (flag && options.format === 'json') {
    throw new KnownError('--format flag cannot be specified when specifying an info flag')
  }
  if (options.global && !flag) return reportHost(world, options)
  const site = await openSite(world)
  if (flag && options.global) {
    show(world, '--global', globalRows(site.common.settings), options.format, flag)
    return 0
  }
  const all = await site.dokku.apps()
  const [app] = apps
  if (app && !all.includes(app)) throw noSuchApp(app)
  for (const name of app ? [app] : all) {
    show(world, name, rowsFor(site, name), options.format, flag)
  }
  return 0
}
