import { type Rows, rowOf, sortRows, type Values } from '../../foundation/core/settings'
import { appRows } from './core/app-report'
import { KnownError, noSuchApp } from '../../foundation/core/errors'
import { resolveBudgets } from '../budgets/core/budgets'
import type { GlobalReport } from './core/global-report'
import { budgetSettings, globalRows } from '../settings/core/settings'
import type { Server } from '../apps/host/server'
import { measureBuildCache } from '../buildkit/host/build-cache'
import { type Engine, connectEngine } from '../../foundation/docker/engine'
import { engineDisk } from '../buildkit/host/engine-disk'
import { measureHost } from './host/measure'
import { budgetLines } from '../budgets/text'
import { buildCacheDetails, buildCacheSummary } from './build-cache-text'
import { baseLines, cacheLines, diskLines, mountLines, trendLines } from './global-text'
import { appReportLines } from './app-text'
import { htmlPage } from './html/page'
import { prometheusText } from './prometheus'
import { tryBuildCache } from '../buildkit/host/read'
import { checkFormat } from '../../foundation/cli/format'
import { openServer } from '../apps/host/server'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'

export interface ReportOptions extends CommonOptions {
  readonly global?: boolean
  readonly buildkit?: boolean
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

function show(
  context: Context,
  name: string,
  rows: Rows,
  format: string,
  flag: string | undefined,
) {
  if (flag) context.log.plain(rowOf(rows, flag, 'shared-cache'))
  else if (format === 'json') context.log.plain(JSON.stringify(rows))
  else {
    context.log.heading(`${name} shared-cache information`)
    for (const line of appReportLines(rows)) context.log.detail(line)
  }
}

function rowsFor(server: Server, app: string): Rows {
  return appRows(app, server.dokku.properties.all(app), server.settings)
}

async function dockerLines(document: GlobalReport, engine: Engine, settings: Values) {
  const { buildCache, generatedAt } = document
  if (!buildCache) return []
  const budgets = resolveBudgets(budgetSettings(settings), await engineDisk(engine))
  const details = buildCache.details
    ? buildCacheDetails(buildCache.details, Date.parse(generatedAt))
    : []
  const trend = document.trend.caches.find(({ name }) => name === 'buildkit')
  return [
    '',
    ...buildCacheSummary(buildCache),
    ...trendLines(trend),
    ...budgetLines(budgets, 'buildkit'),
    ...details,
  ]
}

/** What programs read, and browsers: rendered from the one document. */
const DOCUMENTS: Readonly<Record<string, (document: GlobalReport) => string>> = {
  json: (document) => JSON.stringify(document),
  prometheus: prometheusText,
  html: htmlPage,
}

/** What the caches of this host hold and cost: one document, rendered as it was asked for. */
async function reportHost(context: Context, { format, buildkit }: ReportOptions): Promise<number> {
  const { log } = context
  const server = context.platform.kind === 'dokku' ? openServer(context) : null
  const engine = connectEngine(context.env)
  const full = format === 'html' || format === 'prometheus'
  const buildCache = buildkit
    ? await measureBuildCache(engine, true)
    : await tryBuildCache(context, engine, full)
  const document = await measureHost(context, server, context.now(), buildCache, (cache, files) => {
    log.progress(`measuring ${cache}: ${files} files`)
  })
  log.progress('')
  const form = DOCUMENTS[format]
  if (form) {
    log.plain(form(document).replace(/\n$/, ''))
    return 0
  }
  log.heading(`Shared caches in ${document.root}`)
  const docker = await dockerLines(document, engine, server?.settings ?? {})
  const host = [cacheLines, mountLines, baseLines, diskLines].flatMap((lines) => lines(document))
  for (const line of [...host, ...docker]) log.detail(line)
  return 0
}

/**
 * What is set and what was given, for one app or all: properties alone, nothing is walked. With
 * `--global` what the caches hold and cost.
 */
export const report: Command<ReportOptions, readonly [readonly string[]]> = async (
  context,
  options,
  words,
) => {
  const { apps, flags } = split(words)
  const [flag] = flags
  const forms = options.global && !flag ? Object.keys(DOCUMENTS) : ['json']
  checkFormat(options.format, 'stdout', ...forms)
  if (flag && options.format === 'json') {
    throw new KnownError('--format flag cannot be specified when specifying an info flag')
  }
  if (options.global && !flag) return reportHost(context, options)
  const server = openServer(context)
  if (flag && options.global) {
    show(context, '--global', sortRows(globalRows(server.settings)), options.format, flag)
    return 0
  }
  const all = await server.dokku.apps()
  const [app] = apps
  if (app && !all.includes(app)) throw noSuchApp(app)
  for (const name of app ? [app] : all) {
    show(context, name, rowsFor(server, name), options.format, flag)
  }
  return 0
}
