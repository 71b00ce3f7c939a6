import { type BudgetSettings, type Budgets, limitsOf } from './budgets'
import { nameIn, splitName } from '../../catalogue/core/group'
import { SHARED_MOUNTS } from '../../catalogue/core/cache-mounts'
import { noSuchCache } from '../../catalogue/core/catalogue'
import type { Inventory, PrunePlan } from '../../prune-plan/core/inventory'
import { planTogether } from '../../prune-plan/core/plan'

/** The canonical name of a cache: `cargo` for `rust`. Throws KnownError for an unknown name. */
export function canonicalCache(name: string): string {
  if (name === SHARED_MOUNTS) return name
  const found = splitName(name)
  if (!found) throw noSuchCache(name, [SHARED_MOUNTS])
  return nameIn(found.group, found.cache.name)
}

/** Maximum bytes of one cache: its own limit, else the limit for each cache; null for no limit. */
export function budgetOf(budgets: Budgets, cache: string): number | null {
  return budgets.parts.find(({ name }) => name === cache)?.bytes ?? budgets.eachPart
}

/** Whether settings limit single caches. */
export function limitsOne(settings: BudgetSettings): boolean {
  return settings.partMaxSize !== 'off' || settings.maxAge !== 'off'
}

/**
 * Plans for the budgets of caches: first the budget of each one, then the one for all together. `coming`
 * as in `limitsOf`.
 */
export function planCaches(
  inventories: readonly Inventory[],
  budgets: Budgets,
  coming: number,
  now: number,
): readonly PrunePlan[] {
  const limits = limitsOf(budgets, coming)
  return planTogether(inventories, (cache) => budgetOf(budgets, cache), limits, now)
}
