import type { Context } from '../../foundation/cli/command'
import type { Values } from '../../foundation/core/properties'
import { type Engine, connectEngine } from '../../foundation/docker/engine'
import { openServer } from '../apps/host/server'
import { resolveBudgets } from '../budgets/core/budgets'
import { budgetLines } from '../budgets/text'
import { measureBuildCache } from '../buildkit/host/build-cache'
import { engineDisk } from '../buildkit/host/engine-disk'
import { tryBuildCache } from '../buildkit/host/read'
import { budgetSettings } from '../properties/core/properties'
import { buildCacheDetails, buildCacheSummary } from './build-cache-text'
import type { GlobalReport } from './core/global-report'
import {
  baseLines,
  cacheLines,
  diskLines,
  downloadLines,
  mountLines,
  trendLines,
  unusableLines,
} from './global-text'
import { withoutDownloads } from './host/kept-downloads'
import { measureHost } from './host/measure'
import { htmlPage } from './html/page'
import { prometheusText } from './prometheus'

/** Formats other than text, all rendered from the same document. */
const DOCUMENTS: Readonly<Record<string, (document: GlobalReport) => string>> = {
  json: (document) => JSON.stringify(document),
  prometheus: prometheusText,
  html: htmlPage,
}

/** Values of `--format` for the report about a host, besides `stdout`. */
export const HOST_FORMATS: readonly string[] = Object.keys(DOCUMENTS)

/**
 * Reports the sizes of the caches of this host and of Docker's build cache. `buildkit` adds details of
 * the build cache; without it a Docker that does not respond is only a warning.
 */
export async function reportHost(
  context: Context,
  { format, buildkit }: { readonly format: string; readonly buildkit: boolean },
): Promise<number> {
  const { log } = context
  const server = context.platform.kind === 'dokku' ? openServer(context) : null
  const engine = connectEngine(context.env)
  const full = format === 'html' || format === 'prometheus'
  const buildCache = buildkit
    ? await measureBuildCache(engine, true)
    : await tryBuildCache(context, engine, full)
  const document = await measureHost(context, server, context.now(), buildCache, (cache, files) => {
    log.progress(`Measuring ${cache}: ${files} files`)
  })
  log.progress('')
  const form = DOCUMENTS[format]
  if (form) {
    log.plain(form(document).replace(/\n$/, ''))
    return 0
  }
  log.heading(`Shared caches in ${document.root}`)
  const docker = await dockerLines(document, engine, server?.settings ?? {})
  const host = [cacheLines, unusableLines, mountLines, baseLines, diskLines].flatMap((lines) =>
    lines(document),
  )
  const hints = downloadLines(withoutDownloads(context, document.caches))
  for (const line of [...host, ...hints, ...docker]) log.detail(line)
  return 0
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
