import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { KnownMount } from '../../devices/core/known-cache-mounts'
import { SHARED_MOUNTS } from '../../catalogue/core/cache-mounts'
import { mountReports } from '../core/mount-report'
import { knownMounts } from '../../devices/host/cache-mounts'
import { baseDirectoriesIn, holdsSomething } from '../../devices/host/base-directories'
import { inParallel } from '../../../foundation/process/parallel'
import { type BaseReport, baseReports } from '../core/base-report'
import { mountsSource } from '../../inventory/host/cache-mounts'
import { DEFAULT_CACHES, cacheNamed } from '../../catalogue/core/catalogue'
import { resolveBudgets } from '../../budgets/core/budgets'
import { type AppUse, type GlobalReport, budgetReport, cacheReports } from '../core/global-report'
import { BUILD_CACHE, addEntry, entryOf } from '../core/history'
import type { BuildCacheReport } from '../../buildkit/core/report'
import { nameIn, splitName } from '../../catalogue/core/group'
import { storeNamed } from '../../directories/core/places'
import { cachesFor } from '../../apps/host/directories'
import { parseGiven } from '../../apps/core/record'
import { appSettings, cacheBudgetSettings, givesBuilds } from '../../properties/core/properties'
import { trends } from '../core/trend'
import { type Server, isSetUp } from '../../apps/host/server'
import type { Host } from '../../../foundation/cli/command'
import type { Usage } from '../../package-managers/core/usage'
import { isRefusal } from '../../../foundation/files/walker'
import { usage } from '../../directories/host/caches'
import { diskOf } from '../../../foundation/files/disk'
import type { Unusable } from '../../directories/core/usable'
import { unusableCaches } from '../../directories/host/usable'
import { cachesThere } from '../../directories/host/names'
import { readHistory } from './history'

/** Directories of base images that are measured in parallel. */
const AT_ONCE = 4

/** The caches of one app. A cache that only builds use has no mount. */
function useOf(server: Server, app: string): AppUse {
  const { properties } = server.dokku
  const values = properties.all(app)
  const { caches, group } = appSettings(values, server.settings)
  const isBuilt = givesBuilds(values, server.settings)
  const { mounts } = parseGiven(app, properties.get(app, 'given')).given
  return {
    mounts: mounts.map((mount) => mount.host),
    inBuilds: caches
      .filter((cache) => isBuilt && cacheNamed(cache).usedIn !== 'everything')
      .map((cache) => nameIn(group, cache)),
  }
}

/** The caches that apps use; the default caches on a machine without Dokku. */
async function readUse(server: Server | null) {
  if (!server) return { names: DEFAULT_CACHES, uses: [], known: [] }
  const apps = await server.dokku.apps()
  const uses = apps.map((app) => useOf(server, app))
  return { names: cachesFor(server, apps), uses, known: knownMounts(server) }
}

/** Measures each cache mount in shared storage. */
async function readMounts(server: Server, now: Date, known: readonly KnownMount[]) {
  const { units } = await mountsSource(server, now.getTime()).inventory({}, () => undefined)
  return mountReports(units, known)
}

/** Measures the directories of base images. */
async function readBases(server: Server): Promise<readonly BaseReport[]> {
  const found = cachesThere(server).flatMap((cache) =>
    baseDirectoriesIn(server, cache)
      .filter(({ directory }) => holdsSomething(server, cache, directory))
      .map((directory) => ({ cache, directory })),
  )
  const measured = await inParallel(found, AT_ONCE, async ({ cache, directory }) => {
    const name = `${cache}@${directory.directory}`
    const used = (await usage(server, [name])).get(name)
    return { cache, directory, bytes: used?.bytes ?? 0, lastUsed: used?.newestUse ?? null }
  })
  return baseReports(measured)
}

/** A cache that could not be read at all. */
const UNREAD: Usage = { bytes: 0, files: 0, newestUse: null, complete: false }

/** Disk usage of caches. One that builds cannot use may be unreadable too: a link is not followed. */
async function measureCaches(
  host: Host,
  names: readonly string[],
  unusable: readonly Unusable[],
  progress: (cache: string, files: number) => void,
): Promise<ReadonlyMap<string, Usage>> {
  const broken = new Set(unusable.flatMap(({ caches }) => caches))
  const measured = names.map((name) =>
    usage(host, [name], progress).catch((error: unknown) => {
      if (!broken.has(name) || !isRefusal(error)) throw error
      return new Map([[name, UNREAD]])
    }),
  )
  return new Map((await Promise.all(measured)).flatMap((each) => [...each]))
}

/** What keeps builds from these caches now; nothing before the first setup. */
async function readUnusable(
  server: Server,
  names: readonly string[],
): Promise<readonly Unusable[]> {
  if (!isSetUp(server)) return []
  const wanted = names.flatMap((name) => splitName(name) ?? [])
  const found = [...new Set(wanted.map(({ group }) => group))].map(async (group) => {
    const own = wanted.filter((each) => each.group === group).map(({ cache }) => cache.name)
    const unusable = await unusableCaches(server, group, own)
    return unusable.map((each) => ({
      ...each,
      caches: each.caches.map((cache) => nameIn(group, cache)),
    }))
  })
  return (await Promise.all(found)).flat()
}

/**
 * Measures everything in the report about a host, and changes nothing. `progress` receives the number
 * of counted files.
 */
export async function measureHost(
  host: Host,
  server: Server | null,
  now: Date,
  buildCache: BuildCacheReport | null,
  progress: (cache: string, files: number) => void,
): Promise<GlobalReport> {
  const { platform } = host
  const { names: chosen, uses, known } = await readUse(server)
  const hasMounts = existsSync(join(platform.root, SHARED_MOUNTS))
  // Groups without apps still have caches.
  const there = new Set([...chosen, ...cachesThere(host)])
  const names = hasMounts ? [...there, SHARED_MOUNTS] : [...there]
  const cacheMounts = server && hasMounts ? await readMounts(server, now, known) : []
  const baseImages = server ? await readBases(server) : []
  const unusable = server ? await readUnusable(server, chosen) : []
  const [disk, used] = await Promise.all([
    diskOf(platform.root),
    measureCaches(host, names, unusable, progress),
  ])
  const users = new Set(known.map(({ app }) => app)).size
  const caches = cacheReports(
    names.map((name) => ({ name, directory: storeNamed(name).directory })),
    used,
    disk,
    platform.hostRoot,
    uses,
  ).map((cache) => (cache.name === SHARED_MOUNTS ? { ...cache, apps: users } : cache))
  const settings = cacheBudgetSettings(server?.settings ?? {})
  const budget = budgetReport(caches, resolveBudgets(settings, disk))
  const measured = {
    generatedAt: now.toISOString(),
    disk,
    caches,
    unusable,
    cacheMounts,
    baseImages,
    buildCache,
  }
  const history = addEntry(readHistory(platform), entryOf(measured))
  const trend = trends(history, buildCache ? [...names, BUILD_CACHE] : names)
  return { version: 1, root: platform.root, ...measured, budget, trend }
}
