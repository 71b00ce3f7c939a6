import type { Unit } from '../../prune-plan/core/inventory'
import type { Entry } from '../../../foundation/core/entry'

/** One thing that removing a unit does to the cache's directory. */
export interface RemovalStep {
  /**
   * - `unlink`: a file goes at once;
   * - `trash`: a directory is renamed away, so that a tool sees all of it or nothing, then deleted;
   * - `tidy`: a directory goes if nothing is in it;
   * - `expire`: of the files that a directory spreads by their hash, as `aa/bb/REST`, all go that
   *   nobody used since a time.
   */
  readonly action: 'unlink' | 'trash' | 'tidy' | 'expire'
  readonly path: string
  /**
   * What was seen when this was planned: something else by then is left. '' for tidy; for expire the
   * time, milliseconds since the epoch.
   */
  readonly identity: string
}

/** A unit in a cache of files, and what removes it. */
export interface FileUnit extends Unit {
  /**
   * Steps by phase: the first phases of all units come before the second ones, so that being stopped
   * at any moment leaves nothing that a tool stumbles over.
   */
  readonly phases: readonly (readonly RemovalStep[])[]
}

/**
 * Takes the entries of a walk, parents before their children, and makes units of them. A file that has
 * several names comes with its bytes once.
 */
export interface UnitMaker {
  add(entry: Entry): void
  units(): readonly FileUnit[]
}

/** A step, and which of the units given it belongs to. */
export interface OrderedStep {
  readonly step: RemovalStep
  readonly unit: number
}

function byPath(a: OrderedStep, b: OrderedStep): number {
  return a.step.path < b.step.path ? -1 : a.step.path > b.step.path ? 1 : 0
}

/**
 * All steps of some units in the order in which they are safe: phase by phase, and within one by
 * path, so that what is in one directory comes together and a file comes before what its name begins.
 * Directories to tidy come last, the deepest first, each once.
 */
export function orderSteps(units: readonly Pick<FileUnit, 'phases'>[]): OrderedStep[] {
  const phases: OrderedStep[][] = []
  const tidy = new Map<string, OrderedStep>()
  units.forEach((unit, index) => {
    unit.phases.forEach((steps, phase) => {
      for (const step of steps) {
        const ordered = { step, unit: index }
        if (step.action === 'tidy') tidy.set(step.path, ordered)
        else (phases[phase] ??= []).push(ordered)
      }
    })
  })
  const last = [...tidy.values()].sort(byPath).reverse()
  return [...phases.flatMap((steps) => steps.sort(byPath)), ...last]
}

/** How one step travels to the helper: three fields, the last of which may hold spaces. */
export function writeStep({ action, identity, path }: RemovalStep): string {
  return `${action} ${identity} ${path}`
}

/** Reads what `writeStep` wrote. Gives back undefined for anything else. */
export function readStep(text: string): RemovalStep | undefined {
  const match = /^(unlink|trash|tidy|expire) (\S*) (.+)$/s.exec(text)
  if (!match) return undefined
  const [, action, identity = '', path = ''] = match
  return { action: action as RemovalStep['action'], identity, path }
}
