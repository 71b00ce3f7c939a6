import type { Unit } from '../../prune-plan/core/inventory'
import { isUpTo, looseId, type LooseUnit } from './loose'
import type { RemovalStep } from './steps'

/**
 * Makes the steps that remove loose units during a walk, for one phase: all removable units up to the
 * last one of a plan. A unit that was used after planning sorts behind that one.
 */
export class Sweep {
  private steps: RemovalStep[] = []
  /** Directories to tidy after the walk has left them, each in the one before it. */
  private readonly above: string[] = []
  units = 0

  constructor(
    private readonly last: Unit,
    private readonly phase: number,
    private readonly eachStep: (unit: number | null) => void,
  ) {}

  add(unit: LooseUnit): void {
    const { inUse, lastUsed, phases } = unit
    if (inUse || !isUpTo({ id: looseId(unit), lastUsed }, this.last)) return
    const steps = (phases[this.phase] ?? []).filter(({ action }) => action !== 'tidy')
    if (steps.length === 0) return
    for (const step of steps) this.put(step, this.units)
    this.units += 1
    this.remember(phases.flat().filter(({ action }) => action === 'tidy'))
  }

  /** Processes the current path of the walk. */
  pass(path: string): void {
    for (let top = this.above.at(-1); top !== undefined; top = this.above.at(-1)) {
      if (path === top || path.startsWith(`${top}/`)) return
      this.above.pop()
      this.put({ action: 'tidy', path: top, identity: '' }, null)
    }
  }

  /** Returns the steps that are ready. */
  take(): readonly RemovalStep[] {
    const ready = this.steps
    this.steps = []
    return ready
  }

  private put(step: RemovalStep, unit: number | null): void {
    this.steps.push(step)
    this.eachStep(unit)
  }

  private remember(tidy: readonly RemovalStep[]): void {
    const paths = tidy.map(({ path }) => path).sort()
    const deepest = paths.at(-1)
    if (deepest === undefined) return
    this.pass(deepest)
    const known = this.above.at(-1) ?? ''
    this.above.push(...paths.filter((path) => path.length > known.length))
  }
}
