import { orderSteps, type RemovalStep } from '../../package-managers/core/steps'
import type { Damage } from '../../package-managers/core/task'

/** The steps that remove damaged entries, and for each step the indices of its entries. */
export interface Fix {
  readonly steps: readonly RemovalStep[]
  readonly owners: readonly (readonly number[])[]
}

/**
 * The steps that remove damaged entries, in a safe order. Each step occurs once: entries may share a
 * step, and one may be in a directory that is removed because of another.
 */
export function planFix(damages: readonly Damage[]): Fix {
  const ordered = orderSteps(damages)
  const trashed = new Map(
    ordered.flatMap(({ step }) => (step.action === 'trash' ? [[step.path, step] as const] : [])),
  )
  const chosen = new Map<string, { readonly step: RemovalStep; readonly owners: number[] }>()
  for (const { step, unit } of ordered) {
    const covering = coveringStep(step, trashed)
    const known = chosen.get(covering.path)
    if (known) known.owners.push(unit)
    else chosen.set(covering.path, { step: covering, owners: [unit] })
  }
  const all = [...chosen.values()]
  return { steps: all.map(({ step }) => step), owners: all.map(({ owners }) => owners) }
}

/** The step that removes the outermost directory around a path, or the step itself. */
function coveringStep(step: RemovalStep, trashed: ReadonlyMap<string, RemovalStep>): RemovalStep {
  const { path } = step
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    const above = trashed.get(path.slice(0, slash))
    if (above) return above
  }
  return step
}
