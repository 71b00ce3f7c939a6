import type { DiskSpace } from '../../../foundation/core/amount'
import type { Budgets } from '../../budgets/core/budgets'
import type { List } from '../../prune-plan/core/list'
import type {
  Inventory,
  PrunePlan,
  Removed,
  Selection,
  Unit,
} from '../../prune-plan/core/inventory'

/** Units and bytes so far. */
export type Progress = (done: { readonly units: number; readonly bytes: number }) => void

/** Something that can be pruned: one cache of the catalogue, or BuildKit. */
export interface Source<Item extends Unit = Unit> {
  /** The name of the cache, or `buildkit`. A person types it to confirm. */
  readonly name: string
  /** The parts of a selection that it supports; any other is an error. */
  readonly selectable: readonly (keyof Selection)[]
  /** Text that explains why a unit is in use; lines after the first say what to do. */
  readonly inUse: readonly string[]
  /** Takes the inventory. Changes nothing. */
  inventory(selection: Selection, progress: Progress): Promise<Inventory<Item>>
  /**
   * Finds the units that something outside needs, and takes the inventory again. This is slow, so it is
   * called only if a plan removes something; it must be called before `remove`. Null if nothing is left
   * to find. `progress` receives the name of what is being inspected.
   */
  settle?(progress: (what: string) => void): Promise<Inventory<Item> | null>
  /** Its disk, and the device number of the file system; null if that is another machine. */
  disk(): Promise<(DiskSpace & { readonly device: number }) | null>
  /** Plans for its own budgets; missing for caches of files, which are planned together. */
  plan?(inventory: Inventory<Item>, budgets: Budgets, now: number): PrunePlan
  /**
   * Removes units of its own inventory, in this order: a unit comes before the ones that it needs. A
   * unit that changed since the inventory was taken is not removed.
   */
  remove(units: List<Item>, progress: Progress): Promise<Removed>
}
