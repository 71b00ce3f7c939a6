import type { Unit } from '../../prune-plan/core/inventory'
import type { Entry } from '../../../foundation/core/entry'

/** One change to a cache's directory. A unit is removed in several of them. */
export interface RemovalStep {
  /**
   * - `unlink`: deletes a file;
   * - `trash`: renames a directory, so that a tool sees all of it or nothing, then deletes it;
   * - `tidy`: deletes a directory if it is empty;
   * - `expire`: deletes the files below a directory, named by their hash as `aa/bb/REST`, that were not
   *   used since a time.
   */
  readonly action: 'unlink' | 'trash' | 'tidy' | 'expire'
  readonly path: string
  /**
   * The identity of the entry when this was planned: a changed entry is not removed. '' for tidy; for
   * expire the time, milliseconds since the epoch.
   */
  readonly identity: string
}

/** A unit in a cache of files, and the steps that remove it. */
export interface FileUnit extends Unit {
  /**
   * Steps by phase: the first phases of all units are carried out before the second ones, so that a run
   * that is stopped leaves nothing that makes a tool fail.
   */
  readonly phases: readonly (readonly RemovalStep[])[]
}

/**
 * Makes units of the entries of a walk, which come with parents before their children. A file with
 * several names has its bytes only once.
 */
export interface UnitMaker {
  add(entry: Entry): void
  units(): readonly FileUnit[]
}

/** A step, and the index of its unit. */
export interface OrderedStep {
  readonly step: RemovalStep
  readonly unit: number
}

function byPath(a: OrderedStep, b: OrderedStep): number {
  return a.step.path < b.step.path ? -1 : a.step.path > b.step.path ? 1 : 0
}

/**
 * The steps of some units in a safe order: phase by phase, within a phase by path, so that steps in one
 * directory are together. Directories to tidy come last, the deepest first, each once.
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

/** A step as text for the root helper: three fields, of which the last may contain spaces. */
export function writeStep({ action, identity, path }: RemovalStep): string {
  return `${action} ${identity} ${path}`
}

/** Reads the text of `writeStep`; undefined for anything else. */
export function readStep(text: string): RemovalStep | undefined {
  const match = /^(unlink|trash|tidy|expire) (\S*) (.+)$/s.exec(text)
  if (!match) return undefined
  const [, action, identity = '', path = ''] = match
  return { action: action as RemovalStep['action'], identity, path }
}
