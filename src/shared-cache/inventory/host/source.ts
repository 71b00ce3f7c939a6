import type { Budgets, DiskSpace } from '../../budgets/core/budgets'
import type { List } from '../../prune-plan/core/list'
import type {
  Inventory,
  PrunePlan,
  Removed,
  Selection,
  Unit,
} from '../../prune-plan/core/inventory'

/** How far a source has come. */
export type Progress = (done: { readonly units: number; readonly bytes: number }) => void

/** Something that can be pruned: one cache of the catalogue, or BuildKit. */
export interface Source<Item extends Unit = Unit> {
  /** The cache's name, or `buildkit`: what a person types to confirm. */
  readonly name: string
  /** What it can be asked to leave out or to keep to; anything else is an error. */
  readonly selectable: readonly (keyof Selection)[]
  /** What could be pruned. Changes nothing. */
  inventory(selection: Selection, progress: Progress): Promise<Inventory<Item>>
  /**
   * The inventory again, once it is known which units something outside needs: that takes long, so it
   * is asked only where a plan would remove any, and has to be before `remove`. Null where nothing
   * is left to find out. `progress` is told what is being looked at.
   */
  settle?(progress: (what: string) => void): Promise<Inventory<Item> | null>
  /** The disk it is on, and a number that stands for that; null where it cannot be seen from here. */
  disk(): Promise<(DiskSpace & { readonly device: number }) | null>
  /** The plan that keeps budgets; absent for a cache of files: these keep theirs together. */
  plan?(inventory: Inventory<Item>, budgets: Budgets, now: number): PrunePlan
  /**
   * Removes units of its own inventory, in this order: what stands on something comes before it. A
   * unit that changed since the inventory was taken is left.
   */
  remove(units: List<Item>, progress: Progress): Promise<Removed>
}
