import type { List } from './list'

/**
 * The data of pruning. A source (a cache, Docker's build cache) gives an inventory of units; one planner
 * turns inventories and limits into plans; each source removes the units of its plan.
 */

/** The smallest entry that a source can remove without harm to the tool that made it. */
export interface Unit {
  /** Identifies the unit within its source. */
  readonly id: string
  /** The cache it belongs to: a name of the catalogue, or a type of BuildKit's records. */
  readonly cache: string
  /** The text for a person. */
  readonly label: string
  /** Bytes on the disk. */
  readonly bytes: number
  /** Milliseconds since the epoch; null where it is unknown. */
  readonly lastUsed: number | null
  /** Never removed while true: something uses it, or something outside the inventory needs it. */
  readonly inUse: boolean
  /** True for a unit that is no longer used: it is removed whatever the limits, unless it is in use. */
  readonly isStale?: boolean
  /** Ids of units that this one needs: none of them can be removed while this one stays. */
  readonly needs: readonly string[]
}

/** A selection of units; an absent key selects all. */
export interface Selection {
  /** Type of a BuildKit record. */
  readonly type?: string
  /** Id or target of a cache mount. */
  readonly cacheMount?: string
  /** Records that belong to this app alone. */
  readonly app?: string
  /** No cache mounts. */
  readonly keepCacheMounts?: boolean
}

/** The selected units of a source, to which limits apply. */
export interface Inventory<Item extends Unit = Unit> {
  readonly source: string
  readonly units: List<Item>
  /** Bytes of all files, also those that belong to no unit; absent where every byte belongs to one. */
  readonly bytes?: number
  /** False where something could not be read: totals are then lower bounds. */
  readonly complete: boolean
  /** Whether a run that was killed left entries that it had renamed but not deleted. */
  readonly leftovers?: boolean
}

/** Limits for a plan. An absent one limits nothing. */
export interface Limits {
  /** Milliseconds: units unused for longer are removed, except those of unknown age. */
  readonly olderThan?: number
  /** Bytes that the units may hold together. */
  readonly maxBytes?: number
  /** Least bytes to remove, to get enough free space. */
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
