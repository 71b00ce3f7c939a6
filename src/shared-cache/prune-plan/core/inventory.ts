import type { List } from './list'

/**
 * The data of pruning. A source (a cache, Docker's build cache) returns an inventory of units; one
 * planner turns inventories and limits into plans; each source removes the units of its plan.
 */

/** The smallest entry that a source can remove without harm to the tool that made it. */
export interface Unit {
  /** Identifies the unit within its source. */
  readonly id: string
  /** Its cache: a name of the catalogue, or a type of BuildKit's records. */
  readonly cache: string
  /** The text for people. */
  readonly label: string
  /** Bytes on the disk. */
  readonly bytes: number
  /** Milliseconds since the epoch; null if unknown. */
  readonly lastUsed: number | null
  /**
   * Whether something uses it, or something outside the inventory needs it. Such a unit is never
   * removed.
   */
  readonly inUse: boolean
  /** Whether it is no longer used: it is removed with any limits, unless it is in use. */
  readonly isStale?: boolean
  /** Ids of units that this one needs: none of them can be removed while this one exists. */
  readonly needs: readonly string[]
}

/** A selection of units; a missing key selects all. */
export interface Selection {
  /** Type of a BuildKit record. */
  readonly type?: string
  /** Id or target of a cache mount. */
  readonly cacheMount?: string
  /** Records that belong only to this app. */
  readonly app?: string
  /** No cache mounts. */
  readonly keepCacheMounts?: boolean
}

/** The selected units of a source, to which limits apply. */
export interface Inventory<Item extends Unit = Unit> {
  readonly source: string
  readonly units: List<Item>
  /** Bytes of all files, including those that belong to no unit; missing if every byte belongs to one. */
  readonly bytes?: number
  /** False if something could not be read: totals are then lower bounds. */
  readonly complete: boolean
  /** Whether a killed run left entries that it had renamed but not deleted. */
  readonly leftovers?: boolean
}

/** Limits for a plan. A missing one limits nothing. */
export interface Limits {
  /** Milliseconds: units unused for longer are removed, except those of unknown age. */
  readonly olderThan?: number
  /** Maximum bytes of all units together. */
  readonly maxBytes?: number
  /** Minimum bytes to remove, to get enough free space. */
  readonly freeBytes?: number
}

/** A unit of a plan, and the limit that removes it. */
export interface Chosen {
  readonly unit: Unit
  readonly reason: 'stale' | 'age' | 'size' | 'space'
}

export interface PrunePlan {
  readonly source: string
  readonly remove: List<Chosen>
  /** Bytes of the considered units, before and after. */
  readonly bytesBefore: number
  readonly bytesAfter: number
  /** What the limits require and the plan cannot remove; missing if the limits are met. */
  readonly blocked?: Blocked
}

/** What is kept although a limit requires its removal. */
export interface Blocked {
  /** Units that are in use; if bytes must be freed, also units that one of them needs. */
  readonly units: number
  readonly bytes: number
  /** Bytes of files that belong to no unit. */
  readonly otherBytes: number
}

/** What was actually removed, compared with the plan. */
export interface Removed {
  readonly source: string
  readonly units: number
  /** Freed bytes, as the source reports them. */
  readonly bytes: number
  /** Units that were not removed, because they changed since the plan or the source refused. */
  readonly left: number
  /** The first error of the system, as one line; missing if there was none. */
  readonly trouble?: string
}
