import { type Budgets, type BudgetSettings, resolveBudgets } from '../../budgets/core/budgets'
import { planCaches } from '../../budgets/core/cache-budgets'
import type { Inventory, PrunePlan } from '../../prune-plan/core/inventory'
import { KnownError } from '../../../foundation/core/errors'
import { usage } from '../../directories/host/caches'
import type { Progress, Source } from '../../inventory/host/source'
import { knownError } from '../../../foundation/process/system-error'
import type { PruneOutcome } from '../text'
import { formatBytes } from '../../../foundation/output/units'
import type { Chosen, Wish } from './choose'
import type { Context } from '../../../foundation/cli/command'

export interface Planned {
  readonly source: Source
  readonly outcome: PruneOutcome
  /** Whether something of a killed run is to be deleted, whatever the plan. */
  readonly hasLeftovers: boolean
}

export interface Plans {
  readonly planned: readonly Planned[]
  /** Sources that could not be read, and why. */
  readonly failed: readonly { readonly source: string; readonly error: string }[]
  /** Bytes that all caches together hold afterwards, where that is more than they may; else null. */
  readonly over: { readonly bytes: number; readonly maxBytes: number } | null
}

interface Looked {
  readonly source: Source
  readonly inventory: Inventory
  readonly disk: Awaited<ReturnType<Source['disk']>>
}

export function progressOf(context: Context, what: string): Progress {
  return ({ units, bytes }) => context.log.progress(`${what}: ${units}, ${formatBytes(bytes)}`)
}

/** Whether settings can be told in bytes only where the disk is known. */
function needsDisk({ maxSize, partMaxSize, minFree }: BudgetSettings): boolean {
  return minFree !== 'off' || `${maxSize} ${partMaxSize}`.includes('%')
}

async function look(context: Context, source: Source, chosen: Chosen, wish: Wish): Promise<Looked> {
  const settings = source.plan ? chosen.buildkit : chosen.caches
  const looking = progressOf(context, `Looking at ${source.name}`)
  const inventory = await source.inventory(wish.selection, looking)
  context.log.progress('')
  return { source, inventory, disk: needsDisk(settings) ? await source.disk() : null }
}

/** Budgets in bytes. Throws KnownError for a share of a disk that cannot be seen, where one was asked for. */
function resolve({ source, disk }: Looked, settings: BudgetSettings, wish: Wish): Budgets {
  if (!disk && wish.limits && needsDisk(settings)) {
    throw new KnownError(`The disk of ${source.name} cannot be seen from here`, {
      hint: 'Give a size such as --max-size 10GB.',
    })
  }
  return resolveBudgets(settings, disk)
}

async function bytesOf(context: Context, names: readonly string[]): Promise<number> {
  const used = await usage(context, names)
  return [...used.values()].reduce((sum, { bytes }) => sum + bytes, 0)
}

const freedBy = (plan: PrunePlan) => plan.bytesBefore - plan.bytesAfter

/**
 * Plans for what was looked at. Docker's build cache comes first where both leave the same disk too
 * full: what it holds is built again from the caches.
 */
async function planLooked(context: Context, looked: readonly Looked[], chosen: Chosen, wish: Wish) {
  const now = context.now().getTime()
  const plans = new Map<Source, PrunePlan>()
  for (const one of looked) {
    const { source, inventory } = one
    if (!source.plan) continue
    plans.set(source, source.plan(inventory, resolve(one, chosen.buildkit, wish), now))
  }
  const caches = looked.filter(({ source }) => !source.plan)
  const [first] = caches
  if (!first) return { plans, over: null }
  const budgets = resolve(first, chosen.caches, wish)
  const coming = looked
    .filter(({ disk }) => disk && disk.device === first.disk?.device)
    .reduce((sum, { source }) => sum + freedBy(plans.get(source) ?? NOTHING), 0)
  const elsewhere = budgets.maxBytes === null ? 0 : await bytesOf(context, chosen.others)
  const inventories = caches.map(({ inventory }) => inventory)
  const together = planCaches(inventories, budgets, { elsewhere, coming }, now)
  caches.forEach(({ source }, index) => plans.set(source, together[index] ?? NOTHING))
  const bytes = together.reduce((sum, plan) => sum + plan.bytesAfter, elsewhere)
  const { maxBytes } = budgets
  return { plans, over: maxBytes !== null && bytes > maxBytes ? { bytes, maxBytes } : null }
}

/**
 * Plans, and where a plan would remove something of a source that has not found out yet what others
 * need, lets it do so and plans again.
 */
async function planSettled(
  context: Context,
  looked: readonly Looked[],
  chosen: Chosen,
  wish: Wish,
) {
  let current = looked
  for (;;) {
    const result = await planLooked(context, current, chosen, wish)
    const open = current.map(async (one) => {
      const hasWork = (result.plans.get(one.source)?.remove.length ?? 0) > 0
      const inventory = hasWork ? await one.source.settle?.(searching(context, one)) : null
      return inventory ? { ...one, inventory } : one
    })
    const settled = await Promise.all(open)
    context.log.progress('')
    if (settled.every((one, index) => one === current[index])) return result
    current = settled
  }
}

function searching(context: Context, { source }: Looked): (what: string) => void {
  return (what) => context.log.progress(`Looking what ${what} needs of ${source.name}`)
}

const NOTHING: PrunePlan = { source: '', remove: [], bytesBefore: 0, bytesAfter: 0 }

/** Plans for all sources. One of several that nobody named, and that cannot be read, is left out. */
export async function planAll(
  context: Context,
  chosen: Chosen,
  wish: Wish,
  isNamed: boolean,
): Promise<Plans> {
  const looked: Looked[] = []
  const failed: { source: string; error: string }[] = []
  for (const source of chosen.sources) {
    try {
      looked.push(await look(context, source, chosen, wish))
    } catch (thrown) {
      const error = knownError(thrown)
      if (isNamed || chosen.sources.length === 1) throw error
      failed.push({ source: source.name, error: error.message })
      context.log.warn(`${error.message}: ${source.name} is left as it is`)
    }
  }
  const { plans, over } = await planSettled(context, looked, chosen, wish)
  const planned = looked.map(({ source, inventory }) => {
    const plan = plans.get(source) ?? NOTHING
    const hasLeftovers = inventory.leftovers ?? false
    return { source, hasLeftovers, outcome: { plan, complete: inventory.complete, removed: null } }
  })
  return { planned, failed, over }
}
