import type { List } from './list'

/**
 * What pruning is about. A *source* (the host's caches, BuildKit) gives an inventory of units; one
 * planner turns inventories and limits into a plan; each source removes the units chosen of its own.
 */

/** The smallest thing that a source can remove without harm to the tool that made it. */
export interface Unit {
  /** Identifies the unit within its source. */
  readonly id: string
  /** The cache it belongs to: a name of the catalogue, or a type of BuildKit's records. */
  readonly cache: string
  /** What a person reads. */
  readonly label: string
  /** Bytes on the disk. */
  readonly bytes: number
  /** Milliseconds since the epoch; null where nothing tells. */
  readonly lastUsed: number | null
  /** Never removed while true: something uses it, or something outside the inventory needs it. */
  readonly inUse: boolean
  /** True for what is of no use to anybody any more: unless it is in use it goes whatever the limits. */
  readonly isStale?: boolean
  /** Ids of units that this one stands on: none of them can go while this one stays. */
  readonly needs: readonly string[]
}

/** What a person chose of a source; a key that is absent leaves nothing out. */
export interface Selection {
  /** Type of a BuildKit record. */
  readonly type?: string
  /** Id or target of a cache mount. */
  readonly cacheMount?: string
  /** What belongs to this app alone. */
  readonly app?: string
  /** No cache mounts. */
  readonly keepCacheMounts?: boolean
}

/** The units of a source that a selection leaves, and that limits are about. */
export interface Inventory<Item extends Unit = Unit> {
  readonly source: string
  readonly units: List<Item>
  /** Bytes of everything that is there, what is no unit too; absent where the units are all. */
  readonly bytes?: number
  /** False where something could not be read: totals are then lower bounds. */
  readonly complete: boolean
  /** Whether a run that was killed has left things which it had taken away, but not deleted. */
  readonly leftovers?: boolean
}

/** Limits that a plan brings about. One that is absent limits nothing. */
export interface Limits {
  /** Milliseconds: what was used last longer ago than this goes. Nothing goes for an unknown age. */
  readonly olderThan?: number
  /** Bytes that the chosen units may hold together. */
  readonly maxBytes?: number
  /** Bytes to remove at the least, for a floor of free space. */
  readonly freeBytes?: number
}

/** A unit of a plan, and the limit for which it is removed. */
export interface Chosen {
  readonly unit: Unit
  readonly reason: 'stale' | 'age' | 'size' | 'space'
}

export interface PrunePlan {
  readonly source: string
  readonly remove: List<Chosen>
  /** Bytes that the units considered hold before and after. */
  readonly bytesBefore: number
  readonly bytesAfter: number
  /** What the limits ask for and the plan cannot remove; absent where the limits are met. */
  readonly blocked?: Blocked
}

/** What stays though a limit asks for it. */
export interface Blocked {
  /** Units that are in use; where bytes have to be freed, those as well that one of them needs. */
  readonly units: number
  readonly bytes: number
  /** Bytes of files that belong to no unit. */
  readonly otherBytes: number
}

/** What was removed in fact, beside what was planned. */
export interface Removed {
  readonly source: string
  readonly units: number
  /** Bytes freed, as the source itself reports them. */
  readonly bytes: number
  /** Units that were not removed, because they changed since the plan or the source refused. */
  readonly left: number
  /** The first error of the system, in a line; absent where there was none. */
  readonly trouble?: string
}
