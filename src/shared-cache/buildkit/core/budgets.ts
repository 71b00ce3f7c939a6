import { type RecordUnit, isMount } from './records'
import { type Budgets, limitsOf } from '../../budgets/core/budgets'
import type { Chosen, Inventory, PrunePlan } from '../../prune-plan/core/inventory'
import { pick, planPrune } from '../../prune-plan/core/plan'

interface MountLimit {
  readonly bytes: number
  readonly covers: (unit: RecordUnit) => boolean
}

/** A limit for each cache mount: by its name, else one for each id (each target before Engine 25). */
function mountLimits({ units }: Inventory<RecordUnit>, budgets: Budgets): readonly MountLimit[] {
  const named = budgets.parts.map(({ name, bytes }) => ({
    bytes,
    covers: ({ mount }: RecordUnit) => mount !== null && isMount(mount, name),
  }))
  const { eachPart } = budgets
  if (eachPart === null) return named
  const rest = units.filter(
    (unit) => unit.mount !== null && !named.some(({ covers }) => covers(unit)),
  )
  const keyOf = ({ mount }: RecordUnit) => mount?.id ?? mount?.target
  const restIds = new Set(rest.map(({ id }) => id))
  const each = [...new Set(rest.map(keyOf))].map((key) => ({
    bytes: eachPart,
    covers: (unit: RecordUnit) => restIds.has(unit.id) && keyOf(unit) === key,
  }))
  return [...named, ...each]
}

/**
 * Plans what to remove from Docker's build cache to meet the budgets: cache mounts over their own limits
 * first, then records that are too old, then the least recently used.
 */
export function planBudgets(
  inventory: Inventory<RecordUnit>,
  budgets: Budgets,
  now: number,
): PrunePlan {
  const remove: Chosen[] = []
  let rest = inventory
  for (const { bytes, covers } of mountLimits(inventory, budgets)) {
    const plan = planPrune(pick(rest, covers), { maxBytes: bytes }, now)
    const gone = new Set(plan.remove.map(({ unit }) => unit.id))
    remove.push(...plan.remove)
    rest = { ...rest, units: rest.units.filter(({ id }) => !gone.has(id)) }
  }
  const freed = remove.reduce((sum, { unit }) => sum + unit.bytes, 0)
  const plan = planPrune(rest, limitsOf(budgets, freed), now)
  return {
    ...plan,
    remove: [...remove, ...plan.remove],
    bytesBefore: plan.bytesBefore + freed,
  }
}
