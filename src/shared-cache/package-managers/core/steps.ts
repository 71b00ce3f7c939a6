import type { Unit } from '../../prune-plan/core/inventory'
import type { Entry } from '../../../foundation/core/entry'

/** One change to a cache's directory. Several steps remove a unit. */
export interface RemovalStep {
  /**
   * - `unlink`: deletes a file;
   * - `trash`: renames a directory, so that tools see all of it or nothing, then deletes it;
   * - `tidy`: deletes a directory if it is empty;
   * - `expire`: deletes files below a directory, at `aa/bb/REST` by their hash, that were not used
   *   since a time.
   */
  readonly action: 'unlink' | 'trash' | 'tidy' | 'expire'
  readonly path: string
  /**
   * The identity of the entry at planning: a changed entry is not removed. '' for tidy; for expire the
   * time in milliseconds since the epoch.
   */
  readonly identity: string
}

/** A unit in a cache of files, and the steps to remove it. */
export interface FileUnit extends Unit {
  /**
   * Steps by phase. The first phases of all units run before the second ones, so an interrupted run
   * leaves nothing that makes a tool fail.
   */
  readonly phases: readonly (readonly RemovalStep[])[]
}

/**
 * Makes units from the entries of a walk, which lists parents before their children. The bytes of a
 * file with several names count once.
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
 * The steps of some units in a safe order: by phase, then by path, so that steps in one directory are
 * adjacent. Directories to tidy come last, the deepest first, each once.
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

/** Formats a step for the root helper: three fields; the last one may contain spaces. */
export function writeStep({ action, identity, path }: RemovalStep): string {
  return `${action} ${identity} ${path}`
}

/** Parses the output of `writeStep`; undefined for anything else. */
export function readStep(text: string): RemovalStep | undefined {
  const match = /^(unlink|trash|tidy|expire) (\S*) (.+)$/s.exec(text)
  if (!match) return undefined
  const [, action, identity = '', path = ''] = match
  return { action: action as RemovalStep['action'], identity, path }
}
