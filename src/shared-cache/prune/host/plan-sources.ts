import { type Budgets, type BudgetSettings, resolveBudgets } from '../../budgets/core/budgets'
import { planCaches } from '../../budgets/core/cache-budgets'
import type { Inventory, PrunePlan } from '../../prune-plan/core/inventory'
import { KnownError } from '../../../foundation/core/errors'
import type { Progress, Source } from '../../inventory/host/source'
import { knownError } from '../../../foundation/process/system-error'
import type { PruneOutcome } from '../text'
import { formatBytes } from '../../../foundation/output/units'
import type { PruneRequest, PruneTargets } from './targets'
import type { Context } from '../../../foundation/cli/command'

export interface PlannedSource {
  readonly source: Source
  readonly outcome: PruneOutcome
  /** Whether a killed run left something to delete, whatever the plan. */
  readonly hasLeftovers: boolean
}

export interface SourcePlans {
  readonly planned: readonly PlannedSource[]
  /** Sources that could not be read, and why. */
  readonly failed: readonly { readonly source: string; readonly error: string }[]
  /** Bytes of all caches together afterwards, if they exceed their limit; null otherwise. */
  readonly over: { readonly bytes: number; readonly maxBytes: number } | null
}

interface Inspected {
  readonly source: Source
  readonly inventory: Inventory
  readonly disk: Awaited<ReturnType<Source['disk']>>
}

export function progressOf(context: Context, what: string): Progress {
  return ({ units, bytes }) => context.log.progress(`${what}: ${units}, ${formatBytes(bytes)}`)
}

/**
 * Inspects all sources and plans what to remove from each; removes nothing. If no source was named, an
 * unreadable one of several is skipped with a warning.
 */
export async function planSources(
  context: Context,
  targets: PruneTargets,
  request: PruneRequest,
): Promise<SourcePlans> {
  const { inspected, failed } = await inspectAll(context, targets, request)
  const { plans, over } = await planSettled(context, inspected, targets, request)
  const planned = inspected.map(({ source, inventory }) => {
    const plan = plans.get(source) ?? NOTHING
    const { complete, leftovers: hasLeftovers = false } = inventory
    const outcome = { plan, complete, inUse: source.inUse, removed: null }
    return { source, hasLeftovers, outcome }
  })
  return { planned, failed, over }
}

async function inspectAll(context: Context, targets: PruneTargets, request: PruneRequest) {
  const inspected: Inspected[] = []
  const failed: { source: string; error: string }[] = []
  for (const source of targets.sources) {
    try {
      inspected.push(await inspect(context, source, targets, request))
    } catch (thrown) {
      const error = knownError(thrown)
      if (targets.areNamed || targets.sources.length === 1) throw error
      failed.push({ source: source.name, error: error.message })
      context.log.warn(`Skipped ${source.name}: ${error.message}`)
    }
  }
  return { inspected, failed }
}

async function inspect(
  context: Context,
  source: Source,
  targets: PruneTargets,
  { selection }: PruneRequest,
): Promise<Inspected> {
  const settings = source.plan ? targets.buildkit : targets.caches
  const progress = progressOf(context, `Inspecting ${source.name}`)
  const inventory = await source.inventory(selection, progress)
  context.log.progress('')
  return { source, inventory, disk: needsDisk(settings) ? await source.disk() : null }
}

/** Whether settings need the size of the disk to be bytes. */
function needsDisk({ maxSize, partMaxSize, minFree }: BudgetSettings): boolean {
  return minFree !== 'off' || `${maxSize} ${partMaxSize}`.includes('%')
}

/**
 * Plans. If a plan removes something from a source that does not know yet which units are needed
 * elsewhere, the source finds out, and everything is planned again.
 */
async function planSettled(
  context: Context,
  inspected: readonly Inspected[],
  targets: PruneTargets,
  request: PruneRequest,
) {
  let current = inspected
  for (;;) {
    const result = planInspected(context, current, targets, request)
    const open = current.map(async (one) => {
      const hasWork = (result.plans.get(one.source)?.remove.length ?? 0) > 0
      const inventory = hasWork ? await one.source.settle?.(checking(context, one)) : null
      return inventory ? { ...one, inventory } : one
    })
    const settled = await Promise.all(open)
    context.log.progress('')
    if (settled.every((one, index) => one === current[index])) return result
    current = settled
  }
}

function checking(context: Context, { source }: Inspected): (what: string) => void {
  return (what) => context.log.progress(`Checking what ${what} needs from ${source.name}`)
}

/**
 * Plans from the inventories. Docker's build cache is planned first: bytes that it frees count for the
 * caches on the same disk, because its content is rebuilt from them.
 */
function planInspected(
  context: Context,
  inspected: readonly Inspected[],
  targets: PruneTargets,
  request: PruneRequest,
) {
  const now = context.now().getTime()
  const plans = new Map<Source, PrunePlan>()
  for (const one of inspected) {
    const { source, inventory } = one
    if (!source.plan) continue
    plans.set(source, source.plan(inventory, resolve(one, targets.buildkit, request), now))
  }
  const caches = inspected.filter(({ source }) => !source.plan)
  const [first] = caches
  if (!first) return { plans, over: null }
  const budgets = resolve(first, targets.caches, request)
  const coming = inspected
    .filter(({ disk }) => disk && disk.device === first.disk?.device)
    .reduce((sum, { source }) => sum + freedBy(plans.get(source) ?? NOTHING), 0)
  const inventories = caches.map(({ inventory }) => inventory)
  const together = planCaches(inventories, budgets, coming, now)
  caches.forEach(({ source }, index) => plans.set(source, together[index] ?? NOTHING))
  const bytes = together.reduce((sum, plan) => sum + plan.bytesAfter, 0)
  const { maxBytes } = budgets
  return { plans, over: maxBytes !== null && bytes > maxBytes ? { bytes, maxBytes } : null }
}

const NOTHING: PrunePlan = { source: '', remove: [], bytesBefore: 0, bytesAfter: 0 }

const freedBy = (plan: PrunePlan) => plan.bytesBefore - plan.bytesAfter

/** Budgets in bytes. Throws KnownError for a share, on the command line, of a disk that cannot be read. */
function resolve(
  { source, disk }: Inspected,
  settings: BudgetSettings,
  { limits }: PruneRequest,
): Budgets {
  if (!disk && limits && needsDisk(settings)) {
    throw new KnownError(`Cannot read the size of the disk of ${source.name} from this machine`, {
      hint: 'Give a limit that is a size, such as --max-size 10GB.',
    })
  }
  return resolveBudgets(settings, disk)
}
