import { KnownError } from '../core/errors'
import type { Inventory, Limits, PrunePlan, Selection } from '../core/caches/inventory'
import { planPrune } from '../core/caches/prune-plan'
import { parseAge, parseSize } from '../core/size'
import { readLine } from '../host/ask'
import type { Progress, Source } from '../host/sources/source'
import { type PruneOutcome, pruneDocument, showPlan, showRemoved } from '../output/prune-text'
import { formatBytes } from '../output/units'
import { type Wish, chooseSources } from './prune-sources'
import { remember } from './remember'
import type { Command, CommonOptions, World } from './world'

export interface PruneOptions extends CommonOptions, Selection {
  readonly cache?: readonly string[]
  readonly buildkit?: boolean
  readonly olderThan?: string
  readonly maxSize?: string
  readonly dryRun?: boolean
  readonly format: 'stdout' | 'json'
}

function readSelection(options: PruneOptions): Selection {
  const { type, cacheMount, app, keepCacheMounts } = options
  return {
    ...(type === undefined ? {} : { type }),
    ...(cacheMount === undefined ? {} : { cacheMount }),
    ...(app === undefined ? {} : { app }),
    ...(keepCacheMounts ? { keepCacheMounts } : {}),
  }
}

/** The limits given; null for none: then the host's budgets hold. A choice alone means all of it. */
function readLimits({ olderThan, maxSize, type, cacheMount, app }: PruneOptions): Limits | null {
  if (olderThan === undefined && maxSize === undefined) {
    const chosen = [type, cacheMount, app].some((choice) => choice !== undefined)
    return chosen ? { maxBytes: 0 } : null
  }
  return {
    ...(olderThan === undefined ? {} : { olderThan: parseAge(olderThan) }),
    ...(maxSize === undefined ? {} : { maxBytes: parseSize(maxSize) }),
  }
}

function hasWork({ outcome }: Planned): boolean {
  return outcome.plan.remove.length > 0
}

function progressOf(world: World, what: string): Progress {
  return ({ units, bytes }) => world.log.progress(`${what}: ${units}, ${formatBytes(bytes)}`)
}

/** Asks as Dokku does: the name has to be typed, on a terminal or through a pipe. */
async function confirm({ log }: World, names: readonly string[], json: boolean): Promise<void> {
  const name = names.join(' ')
  log.warn('WARNING: Potentially Destructive Action')
  log.warn(`This command will remove what it planned from ${names.join(', ')}.`)
  log.warn(`To proceed, type "${name}"`)
  if (!json) log.prompt('> ')
  if ((await readLine()) !== name) {
    throw new KnownError(`Confirmation did not match ${name}. Aborted.`)
  }
}

interface Planned {
  readonly source: Source
  readonly outcome: PruneOutcome
}

function planFor(
  source: Source,
  inventory: Inventory,
  limits: Limits | null,
  now: number,
): Promise<PrunePlan> | PrunePlan {
  if (limits) return planPrune(inventory, limits, now)
  if (source.planBudgets) return source.planBudgets(inventory, now)
  throw new KnownError(`Nothing says what should go from ${source.name}`, {
    hint: 'Give a limit such as --older-than 30d or --max-size 10GB.',
  })
}

async function planSource(world: World, source: Source, wish: Wish): Promise<Planned> {
  const looking = progressOf(world, `Looking at ${source.name}`)
  const inventory = await source.inventory(wish.selection, looking)
  world.log.progress('')
  const plan = await planFor(source, inventory, wish.limits, world.now().getTime())
  return { source, outcome: { plan, complete: inventory.complete, removed: null } }
}

/** Plans for all sources. One of several that nobody named, and that cannot be read, is left out. */
async function planAll(world: World, options: PruneOptions, wish: Wish): Promise<Planned[]> {
  const sources = chooseSources(world, options, wish)
  const named = options.buildkit || options.cache !== undefined || sources.length === 1
  const planned: Planned[] = []
  for (const source of sources) {
    try {
      planned.push(await planSource(world, source, wish))
    } catch (error) {
      if (named || !(error instanceof KnownError)) throw error
      world.log.warn(`${error.message}: ${source.name} is left as it is`)
    }
  }
  return planned
}

async function apply(world: World, { source, outcome }: Planned): Promise<PruneOutcome> {
  const units = outcome.plan.remove.map(({ unit }) => unit)
  if (units.length === 0) return outcome
  const removed = await source.remove(units, progressOf(world, `Pruning ${source.name}`))
  world.log.progress('')
  return { ...outcome, removed }
}

/** Shrinks caches: shows the plan, asks, removes exactly what it showed, says what that freed. */
export const prune: Command<PruneOptions> = async (world, options) => {
  const { log, env } = world
  const json = options.format === 'json'
  const dryRun = options.dryRun ?? false
  const wish: Wish = { selection: readSelection(options), limits: readLimits(options) }
  const planned = await planAll(world, options, wish)
  const outcomes = planned.map(({ outcome }) => outcome)
  if (!json) {
    for (const outcome of outcomes) showPlan(log, outcome, world.now().getTime(), dryRun)
  }
  if (!dryRun) {
    const names = planned.filter(hasWork).map(({ source }) => source.name)
    const force = options.force || env['DOKKU_APPS_FORCE_DELETE'] === '1'
    if (names.length && !force) await confirm(world, names, json)
    for (const [index, one] of planned.entries()) {
      const outcome = await apply(world, one)
      outcomes[index] = outcome
      if (!json) showRemoved(log, outcome)
    }
  }
  if (!dryRun) await remember(world)
  if (json) log.plain(pruneDocument(outcomes, dryRun))
  return 0
}
