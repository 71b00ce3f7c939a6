import type { RawRecord } from '../../../foundation/core/build-record'
import type { Inventory, Selection, Unit } from '../../prune-plan/core/inventory'
import { pick } from '../../prune-plan/core/plan'

/** Type of cache mount records. */
export const CACHE_MOUNT = 'exec.cachemount'

export interface CacheMount {
  /** `<BUILDKIT_CACHE_MOUNT_NS>/<id or target>`; null before Engine 25, which does not record it. */
  readonly id: string | null
  /** Its path in builds. */
  readonly target: string
}

export interface CacheRecord {
  readonly id: string
  /** Records that this one needs. */
  readonly parents: readonly string[]
  readonly type: string
  readonly description: string
  readonly inUse: boolean
  /** Whether its layers are also in an image: removing it then frees nothing. */
  readonly shared: boolean
  /** Bytes. A lower bound for a cache mount: Docker does not measure it after each use. */
  readonly bytes: number
  /**
   * Milliseconds since the epoch; the time of creation if it was never used. Docker's first measurement
   * of a new cache mount counts as a use of it (seen on Engine 20.10 and 28.5).
   */
  readonly lastUsed: number
  /** Grows by about two in each build; not the number of builds. */
  readonly uses: number
  /** The command that made it; '' if the description has none. */
  readonly command: string
  /** Null for all other types. */
  readonly mount: CacheMount | null
}

/** The end of a cache mount's description, since Engine 25. */
const MOUNT_ID = / with id "([^"]*)"$/

function readCommand(description: string): string {
  const command = / from exec ([^]*)$/.exec(description)?.[1]
  if (command !== undefined) return command.replace(MOUNT_ID, '')
  return /^\[[^\]]*\d+\/\d+\] ([^]*)$/.exec(description)?.[1] ?? ''
}

function readMount({ Type, Description }: RawRecord): CacheMount | null {
  if (Type !== CACHE_MOUNT) return null
  const target = /^cached mount (.+?) from /.exec(Description)?.[1] ?? ''
  return { target, id: MOUNT_ID.exec(Description)?.[1] ?? null }
}

/** Parses a record from any version of the API. */
export function readRecord(raw: RawRecord): CacheRecord {
  const parents = raw[' Parents'] ?? raw.Parents ?? (raw.Parent ? [raw.Parent] : [])
  return {
    id: raw.ID,
    parents,
    type: raw.Type,
    description: raw.Description,
    inUse: raw.InUse,
    shared: raw.Shared,
    bytes: raw.Size,
    lastUsed: Date.parse(raw.LastUsedAt ?? raw.CreatedAt),
    uses: raw.UsageCount,
    command: readCommand(raw.Description),
    mount: readMount(raw),
  }
}

/** The id of a cache mount as people write it: without BuildKit's leading slash. */
export function shownId(id: string): string {
  return id.replace(/^\//, '')
}

/** Whether a name matches a cache mount: its id, with or without BuildKit's slash, or its target. */
export function isMount(mount: CacheMount, name: string): boolean {
  return [mount.id, mount.id && shownId(mount.id), mount.target].includes(name)
}

/** Types that builds need. Docker keeps them unless everything is pruned. */
const KEPT_TYPES: readonly string[] = ['internal', 'frontend']

/** Whether Docker would remove a record by its id: it is neither in use nor part of an image. */
export function isRemovable(record: CacheRecord): boolean {
  return !record.inUse && !record.shared && !KEPT_TYPES.includes(record.type)
}

function isSelected(record: CacheRecord, selection: Selection, apps: Apps): boolean {
  const { type, cacheMount, app, keepCacheMounts } = selection
  if (type !== undefined && record.type !== type) return false
  if (cacheMount !== undefined && !(record.mount && isMount(record.mount, cacheMount))) return false
  if (keepCacheMounts && record.mount) return false
  if (app === undefined) return true
  const owners = apps(record)
  return owners.length === 1 && owners[0] === app
}

/** Apps that a record belongs to, as far as known. */
export type Apps = (record: CacheRecord) => readonly string[]

/** A unit of BuildKit's inventory, with the count that shows whether it changed. */
export interface RecordUnit extends Unit {
  readonly uses: number
  readonly mount: CacheMount | null
}

function makeUnit(record: CacheRecord): RecordUnit {
  return {
    id: record.id,
    cache: record.type,
    label: record.description.replace(/\s+/g, ' ').trim(),
    bytes: record.bytes,
    lastUsed: record.lastUsed,
    inUse: record.inUse,
    needs: record.parents,
    uses: record.uses,
    mount: record.mount,
  }
}

/**
 * The selected records of BuildKit. Records that an image shares, and those that builds need, are not
 * units: they are kept, and so are the records that they need.
 */
export function buildInventory(
  records: readonly CacheRecord[],
  selection: Selection,
  apps: Apps,
): Inventory<RecordUnit> {
  const chosen = new Set(
    records
      .filter(({ shared, type }) => !shared && !KEPT_TYPES.includes(type))
      .filter((record) => isSelected(record, selection, apps))
      .map(({ id }) => id),
  )
  const all = { source: 'buildkit', units: records.map(makeUnit), complete: true }
  return pick(all, ({ id }) => chosen.has(id))
}
