import type { Inventory, Removed, Selection, Unit } from '../../core/inventory'

/** How far a source has come. */
export type Progress = (done: { readonly units: number; readonly bytes: number }) => void

/** Something that can be pruned: one cache of the catalogue, or BuildKit. */
export interface Source {
  /** The cache's name, or `buildkit`: what a person types to confirm. */
  readonly name: string
  /** What it can be asked to leave out or to keep to; anything else is an error. */
  readonly selectable: readonly (keyof Selection)[]
  /** What could be pruned. Changes nothing. */
  inventory(selection: Selection, progress: Progress): Promise<Inventory>
  /**
   * Removes units of its own inventory, in this order: what stands on something comes before it. A
   * unit that changed since the inventory was taken is left.
   */
  remove(units: readonly Unit[], progress: Progress): Promise<Removed>
}
