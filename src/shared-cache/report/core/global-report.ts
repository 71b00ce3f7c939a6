import type { Budgets } from '../../budgets/core/budgets'
import { budgetOf } from '../../budgets/core/cache-budgets'
import type { BaseReport } from './base-report'
import type { MountReport } from './mount-report'
import type { TrendReport } from './trend'
import type { BuildCacheReport } from '../../buildkit/core/report'
import type { Unusable } from '../../directories/core/usable'
import type { Usage } from '../../package-managers/core/usage'

/** The file system of the caches. Bytes; inodes are null if their number is not fixed. */
export interface DiskReport {
  readonly bytes: number
  readonly freeBytes: number
  readonly inodes: number | null
  readonly freeInodes: number | null
}

export interface CacheReport {
  readonly name: string
  readonly directory: string
  /** Bytes on the disk, a hard-linked file once; a lower bound unless `complete`. */
  readonly bytes: number
  readonly files: number
  /** RFC 3339; null for a cache without files. */
  readonly newestUse: string | null
  readonly complete: boolean
  /** Share of the disk, 0 to 1. */
  readonly share: number
  /** Number of apps that have it. */
  readonly apps: number
}

/** The caches of one app. */
export interface AppUse {
  /** Host paths of its mounts from this plugin. */
  readonly mounts: readonly string[]
  /** Names of the caches that only its builds use. */
  readonly inBuilds: readonly string[]
}

/** Number of apps that got a mount of a cache, or have it in their builds. */
function usersOf(name: string, directory: string, apps: readonly AppUse[]): number {
  const isOf = (host: string) => host === directory || host.startsWith(`${directory}/`)
  return apps.filter(({ mounts, inBuilds }) => mounts.some(isOf) || inBuilds.includes(name)).length
}

/** One row for each cache, in the order of the names. */
export function cacheReports(
  names: readonly { name: string; directory: string }[],
  usage: ReadonlyMap<string, Usage>,
  disk: DiskReport,
  root: string,
  apps: readonly AppUse[],
): readonly CacheReport[] {
  return names.map(({ name, directory }) => {
    const used = usage.get(name) ?? { bytes: 0, files: 0, newestUse: null, complete: true }
    return {
      name,
      directory,
      bytes: used.bytes,
      files: used.files,
      newestUse: used.newestUse === null ? null : new Date(used.newestUse).toISOString(),
      complete: used.complete,
      share: disk.bytes > 0 ? used.bytes / disk.bytes : 0,
      apps: usersOf(name, `${root}/${directory}`, apps),
    }
  })
}

/** The budgets of the caches and their use, in bytes; null for no limit. */
export interface BudgetReport {
  /** Of all caches together. */
  readonly maxBytes: number | null
  readonly usedBytes: number
  /** Bytes of the disk to keep free. */
  readonly minFreeBytes: number | null
  /** Caches with a separate size. */
  readonly caches: readonly { readonly name: string; readonly maxBytes: number }[]
}

/** The budgets of caches, and how much of them is used. */
export function budgetReport(
  caches: readonly Pick<CacheReport, 'name' | 'bytes'>[],
  budgets: Budgets,
): BudgetReport {
  return {
    maxBytes: budgets.maxBytes,
    usedBytes: caches.reduce((sum, { bytes }) => sum + bytes, 0),
    minFreeBytes: budgets.minFree,
    caches: caches.flatMap(({ name }) => {
      const maxBytes = budgetOf(budgets, name)
      return maxBytes === null ? [] : [{ name, maxBytes }]
    }),
  }
}

/**
 * The document about a host. Every output format is rendered from it. Its schema is in the manual;
 * `version` increases when a field changes its meaning.
 */
export interface GlobalReport {
  readonly version: 1
  /** RFC 3339. */
  readonly generatedAt: string
  readonly root: string
  readonly disk: DiskReport
  readonly caches: readonly CacheReport[]
  /** Caches whose directories are not right, and why: builds do not get them. */
  readonly unusable: readonly Unusable[]
  readonly budget: BudgetReport
  /** Cache mounts of Dockerfiles in shared storage: the cache `cache-mounts`. */
  readonly cacheMounts: readonly MountReport[]
  /** Base images whose builds have separate cache directories. */
  readonly baseImages: readonly BaseReport[]
  /** Caches and disk over time, up to now. */
  readonly trend: TrendReport
  /** Docker's build cache; null if the Engine did not respond. */
  readonly buildCache: BuildCacheReport | null
}
