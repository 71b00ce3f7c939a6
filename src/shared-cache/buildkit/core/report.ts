import { type Apps, CACHE_MOUNT, type CacheRecord, isRemovable } from './records'

/** Records of one type. Bytes. */
interface TypeReport {
  readonly type: string
  readonly records: number
  readonly bytes: number
  readonly reclaimable: number
}

/** One record, with the apps that it belongs to, as far as known. */
interface RecordReport {
  readonly record: string
  readonly bytes: number
  /** RFC 3339. */
  readonly lastUsed: string
  readonly inUse: boolean
  readonly command: string
  /** Empty if unknown. */
  readonly apps: readonly string[]
}

/** A cache mount. Its bytes are a lower bound: Docker does not measure it after each use. */
export interface MountReport extends RecordReport {
  /** Null before Engine 25, which does not record it. */
  readonly id: string | null
  readonly target: string
  /** Grows by about two in each build. */
  readonly uses: number
}

interface LayerReport extends RecordReport {
  readonly description: string
  readonly shared: boolean
}

/** A cache of a builder outside of BuildKit. */
export interface OutsideReport {
  readonly builder: 'herokuish' | 'pack' | 'railpack'
  /** Name of the volume. */
  readonly name: string
  readonly app: string | null
  /** Null if Docker does not report them. */
  readonly bytes: number | null
}

/**
 * Docker's build cache. Bytes as in `GET /system/df`; the first three are the figures of `docker buildx
 * du`, `reclaimable` is that of `docker system df`: removing a record that an image shares frees
 * nothing.
 */
export interface BuildCacheReport {
  readonly records: number
  readonly bytes: number
  readonly shared: number
  readonly private: number
  readonly reclaimable: number
  readonly inUseRecords: number
  readonly types: readonly TypeReport[]
  /** Null if they were not requested. */
  readonly details: BuildCacheDetails | null
}

/** Records that belong to the same apps, including records that images share. */
interface OwnersReport {
  /** Empty for records whose app is unknown. */
  readonly apps: readonly string[]
  readonly records: number
  readonly bytes: number
}

export interface BuildCacheDetails {
  readonly owners: readonly OwnersReport[]
  readonly cacheMounts: readonly MountReport[]
  /** The largest records other than cache mounts. */
  readonly layers: readonly LayerReport[]
  readonly outside: readonly OutsideReport[]
}

const LAYERS = 10

function sum(records: readonly CacheRecord[]): number {
  return records.reduce((total, { bytes }) => total + bytes, 0)
}

function freed(records: readonly CacheRecord[]): number {
  return sum(records.filter(({ inUse, shared }) => !inUse && !shared))
}

function largestFirst(a: CacheRecord, b: CacheRecord): number {
  return b.bytes - a.bytes || b.lastUsed - a.lastUsed || (a.id < b.id ? -1 : 1)
}

function typeReports(records: readonly CacheRecord[]): readonly TypeReport[] {
  const byType = new Map<string, CacheRecord[]>()
  for (const record of records) {
    const same = byType.get(record.type)
    if (same) same.push(record)
    else byType.set(record.type, [record])
  }
  return [...byType]
    .map(([type, same]) => ({
      type,
      records: same.length,
      bytes: sum(same),
      reclaimable: freed(same),
    }))
    .sort((a, b) => b.bytes - a.bytes || (a.type < b.type ? -1 : 1))
}

function ownerReports(records: readonly CacheRecord[], apps: Apps): readonly OwnersReport[] {
  const byOwners = new Map<string, CacheRecord[]>()
  for (const record of records) {
    const key = [...apps(record)].sort().join(' ')
    const same = byOwners.get(key)
    if (same) same.push(record)
    else byOwners.set(key, [record])
  }
  return [...byOwners]
    .map(([key, same]) => ({
      apps: key.split(' ').filter(Boolean),
      records: same.length,
      bytes: sum(same),
    }))
    .sort((a, b) => b.bytes - a.bytes || (a.apps.join() < b.apps.join() ? -1 : 1))
}

function recordReport(record: CacheRecord, apps: Apps): RecordReport {
  return {
    record: record.id,
    bytes: record.bytes,
    lastUsed: new Date(record.lastUsed).toISOString(),
    inUse: record.inUse,
    command: record.command,
    apps: apps(record),
  }
}

/** Reports some records, without details. */
export function reportBuildCache(records: readonly CacheRecord[]): BuildCacheReport {
  const bytes = sum(records)
  const shared = sum(records.filter((record) => record.shared))
  return {
    records: records.length,
    bytes,
    shared,
    private: bytes - shared,
    reclaimable: freed(records),
    inUseRecords: records.filter(({ inUse }) => inUse).length,
    types: typeReports(records),
    details: null,
  }
}

/** Reports each cache mount, the largest layers, and the caches of builders outside of BuildKit. */
export function detailBuildCache(
  records: readonly CacheRecord[],
  apps: Apps,
  outside: readonly OutsideReport[],
): BuildCacheDetails {
  const sorted = [...records].sort(largestFirst)
  const layers = sorted.filter(({ type, bytes }) => type !== CACHE_MOUNT && bytes > 0)
  return {
    owners: ownerReports(records, apps),
    cacheMounts: sorted.flatMap((record) => {
      const { mount, uses } = record
      return mount ? [{ ...recordReport(record, apps), ...mount, uses }] : []
    }),
    layers: layers.slice(0, LAYERS).map((record) => ({
      ...recordReport(record, apps),
      description: record.description,
      shared: record.shared,
    })),
    outside,
  }
}

/** Bytes in cache mounts, as far as Docker knows, and how many of them can be freed. */
export function mountTotals(records: readonly CacheRecord[]): { bytes: number; freed: number } {
  const mounts = records.filter(({ mount }) => mount !== null)
  return { bytes: sum(mounts), freed: sum(mounts.filter(isRemovable)) }
}
