import { DEFAULT_CACHES } from '../../core/caches/catalogue'
import { type GlobalReport, cacheReports } from '../../core/report/global-report'
import { BUILD_CACHE, addEntry, entryOf } from '../../core/report/history'
import type { BuildCacheReport } from '../../core/buildkit/buildkit-report'
import { nameIn } from '../../core/apps/group'
import { roomNamed } from '../../core/apps/layout'
import { parseGiven } from '../../core/apps/record'
import { appSettings } from '../../core/settings'
import { trends } from '../../core/report/trend'
import type { Site } from '../dokku/apply'
import { type Machine, usage } from './caches'
import { diskOf } from './disk'
import { readHistory } from '../history'

/** What a survey needs to know of Dokku; null on a machine without it. */
async function readUse(site: Site | null) {
  if (!site) return { names: DEFAULT_CACHES, mounts: [] }
  const { properties } = site.dokku
  const apps = await site.dokku.apps()
  const values = ['--global', ...apps].map((app) => properties.all(app))
  const chosen = values.flatMap((value) => {
    const { caches, group } = appSettings(value, site.common.settings)
    return caches.map((cache) => nameIn(group, cache))
  })
  const mounts = apps.map((app) =>
    parseGiven(app, properties.get(app, 'given')).given.mounts.map((mount) => mount.host),
  )
  return { names: [...new Set(chosen)], mounts }
}

/**
 * Measures everything that the report about a host is made of, and changes nothing. `progress` is
 * told of files counted. Throws KnownError where the disk of the caches cannot be asked.
 */
export async function survey(
  machine: Machine,
  site: Site | null,
  now: Date,
  buildCache: BuildCacheReport | null,
  progress: (cache: string, files: number) => void,
): Promise<GlobalReport> {
  const { platform } = machine
  const { names, mounts } = await readUse(site)
  const [disk, used] = await Promise.all([diskOf(platform.root), usage(machine, names, progress)])
  const caches = cacheReports(
    names.map((name) => ({ name, directory: roomNamed(name).directory })),
    used,
    disk,
    platform.hostRoot,
    mounts,
  )
  const measured = { generatedAt: now.toISOString(), disk, caches, buildCache }
  const history = addEntry(readHistory(platform), entryOf(measured))
  const trend = trends(history, buildCache ? [...names, BUILD_CACHE] : names)
  return { version: 1, root: platform.root, ...measured, trend }
}
