import { parseAmount } from '../../foundation/core/amount'
import { type BudgetSettings, parseMaxAge } from '../budgets/core/budgets'
import { KnownError } from '../../foundation/core/errors'
import type { Selection } from '../prune-plan/core/inventory'
import { makeList } from '../prune-plan/core/list'
import { confirm } from '../../foundation/cli/confirm'
import { onInterrupt } from '../../foundation/process/interrupt'
import { knownError } from '../../foundation/process/system-error'
import type { Progress } from '../inventory/host/source'
import {
  type PruneOutcome,
  type PruneResult,
  overLine,
  hasTrouble,
  pruneDocument,
  showPlan,
  showRemoved,
  stoppedLine,
} from './text'
import { type PlannedSource, planSources, progressOf } from './host/plan-sources'
import { type PruneRequest, chooseTargets } from './host/targets'
import { PRUNED_KEY } from '../build-records/host/record'
import { makeProperties } from '../../foundation/dokku/property-store'
import { remember } from '../report/host/remember'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'

export interface PruneOptions extends CommonOptions, Selection {
  readonly cache?: readonly string[]
  readonly buildkit?: boolean
  readonly olderThan?: string
  readonly maxSize?: string
  readonly minFree?: string
  readonly dryRun?: boolean
  readonly format: 'stdout' | 'json'
}

/** Prunes, and prints the result as text or as one JSON document. */
export const prune: Command<PruneOptions> = async (context, options) => {
  const result = await runPrune(context, options)
  if (options.format === 'json')
    await context.log.pieces(pruneDocument(result, options.dryRun ?? false))
  return hasTrouble(result) ? 1 : 0
}

/** Plans what to remove, shows it, asks for confirmation, removes it, and shows the freed bytes. */
export async function runPrune(context: Context, options: PruneOptions): Promise<PruneResult> {
  const { log } = context
  const json = options.format === 'json'
  const request = readRequest(options)
  const targets = chooseTargets(context, request)
  const { planned, failed, over } = await planSources(context, targets, request)
  const outcomes = planned.map(({ outcome }) => outcome)
  if (!json) {
    const now = context.now().getTime()
    for (const outcome of outcomes) await showPlan(log, outcome, now, request.dryRun)
    if (over) log.warn(overLine(over))
  }
  if (request.dryRun) return { outcomes, failed, over }
  const names = planned.filter(hasWork).map(({ source }) => source.name)
  if (names.length > 0) await confirmPrune(context, options, names)
  if (names.length > 0) await notePrune(context)
  for (const [index, one] of planned.entries()) {
    const outcome = await apply(context, one, planned.length === 1)
    outcomes[index] = outcome
    if (!json) showRemoved(log, outcome)
  }
  await remember(context)
  return { outcomes, failed, over }
}

function readRequest(options: PruneOptions): PruneRequest {
  const { cache = [], buildkit = false, dryRun = false } = options
  const { type, cacheMount, app, keepCacheMounts } = options
  const selection: Selection = {
    ...(type === undefined ? {} : { type }),
    ...(cacheMount === undefined ? {} : { cacheMount }),
    ...(app === undefined ? {} : { app }),
    ...(keepCacheMounts ? { keepCacheMounts } : {}),
  }
  return { caches: cache, buildkit, dryRun, selection, limits: readLimits(options) }
}

const NO_LIMITS: BudgetSettings = {
  maxSize: 'off',
  maxAge: 'off',
  partMaxSize: 'off',
  minFree: 'off',
}

/**
 * The limits in the options; null if there are none: then the budgets of the host apply. A selection
 * without a limit means everything that is selected.
 */
function readLimits(options: PruneOptions): BudgetSettings | null {
  const { olderThan, maxSize, minFree, type, cacheMount, app } = options
  if (olderThan === undefined && maxSize === undefined && minFree === undefined) {
    const isSelected = [type, cacheMount, app].some((choice) => choice !== undefined)
    return isSelected ? { ...NO_LIMITS, maxSize: '0' } : null
  }
  return {
    ...NO_LIMITS,
    ...(olderThan === undefined ? {} : { maxAge: parseMaxAge(olderThan) }),
    ...(maxSize === undefined ? {} : { maxSize: parseAmount(maxSize) }),
    ...(minFree === undefined ? {} : { minFree: parseAmount(minFree) }),
  }
}

function hasWork({ outcome }: PlannedSource): boolean {
  return outcome.plan.remove.length > 0
}

/** Builds that run at the same time are not blamed for what is removed. */
async function notePrune({ platform, runner, now }: Context): Promise<void> {
  if (platform.kind !== 'dokku') return
  const properties = makeProperties(platform, runner)
  try {
    await properties.set('--global', PRUNED_KEY, String(now().getTime()))
  } catch (error) {
    // Without it, a build of the next half hour may be blamed. That does not stop a prune.
    if (!(error instanceof KnownError)) throw error
  }
}

function confirmPrune(context: Context, options: PruneOptions, names: readonly string[]) {
  const lines = [`This command will remove the planned entries from ${names.join(', ')}.`]
  return confirm(context, options, lines, names.join(' '), options.format !== 'json')
}

/** Removes what was planned. An error in one of several sources does not stop the others. */
async function apply(
  context: Context,
  { source, outcome, hasLeftovers }: PlannedSource,
  isOnly: boolean,
): Promise<PruneOutcome> {
  const { log } = context
  const units = unitsOf(outcome)
  if (units.length === 0 && !hasLeftovers) return outcome
  const show = progressOf(context, `Pruning ${source.name}`)
  let done: Parameters<Progress>[0] = { units: 0, bytes: 0 }
  const undo = onInterrupt(() => log.warn(stoppedLine(source.name, done)))
  try {
    const removed = await source.remove(units, (now) => {
      done = now
      show(now)
    })
    log.progress('')
    return { ...outcome, removed }
  } catch (thrown) {
    const error = knownError(thrown)
    if (isOnly) throw error
    log.progress('')
    const left = units.length - done.units
    return { ...outcome, removed: { source: source.name, ...done, left, trouble: error.message } }
  } finally {
    undo()
  }
}

/** The units of a plan, each made when it is read. */
function unitsOf({ plan: { remove } }: PruneOutcome) {
  return makeList(remove.length, (index) => {
    const chosen = remove.at(index)
    if (!chosen) throw new Error('a plan is shorter than its length')
    return chosen.unit
  })
}
