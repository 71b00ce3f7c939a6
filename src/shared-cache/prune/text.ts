import type { Blocked, Chosen, PrunePlan, Removed } from '../prune-plan/core/inventory'
import type { Log } from '../../foundation/output/log'
import { formatAge, formatBytes } from '../../foundation/output/units'

/** The plan for one source, and its result unless it was a dry run. */
export interface PruneOutcome {
  readonly plan: PrunePlan
  /** False if the inventory could not read everything. */
  readonly complete: boolean
  /** Why units of this source are in use, from `Source`. */
  readonly inUse: readonly string[]
  readonly removed: Removed | null
}

/** Rows of a plan that are shown before the confirmation; a dry run shows all. */
const ROWS = 40

const REASONS: Readonly<Record<Chosen['reason'], string>> = {
  stale: 'no longer used',
  age: 'too old',
  size: 'over the limit',
  space: 'for free space',
}

function count(source: string, number: number): string {
  const noun = source === 'buildkit' ? 'record' : 'unit'
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function row({ unit, reason }: Chosen, now: number): string {
  const age = unit.lastUsed === null ? 'unknown' : formatAge(now - unit.lastUsed)
  const cells = [formatBytes(unit.bytes).padStart(9), age.padEnd(11), REASONS[reason].padEnd(14)]
  return [...cells, unit.label].join('  ')
}

/** What is kept although a limit requires its removal, and why. */
function blockedLines(
  source: string,
  { units, bytes, otherBytes }: Blocked,
  [why = '', ...more]: readonly string[],
): readonly string[] {
  const inUse = `${formatBytes(bytes)} in ${count(source, units)} cannot be removed: ${why}`
  const others = `${formatBytes(otherBytes)} are not pruned: files such as indexes, locks and directories`
  return [...(bytes > 0 ? [inUse, ...more] : []), ...(otherBytes > 0 ? [others] : [])]
}

/** Shows a plan: each unit with size, age and reason, then the total, then what is kept. */
export async function showPlan(
  log: Log,
  outcome: PruneOutcome,
  now: number,
  all: boolean,
): Promise<void> {
  const { source, remove, bytesBefore, bytesAfter, blocked } = outcome.plan
  const before = `${outcome.complete ? '' : 'at least '}${formatBytes(bytesBefore)}`
  if (remove.length === 0) {
    log.heading(`${source}: nothing to prune, ${before} stay`)
  } else {
    log.heading(`${source}: ${count(source, remove.length)} to remove`)
    await showRows(log, outcome.plan, now, all)
    const freed = formatBytes(bytesBefore - bytesAfter)
    log.detail(`${before} now, ${freed} to free, ${formatBytes(bytesAfter)} afterwards`)
  }
  if (blocked) blockedLines(source, blocked, outcome.inUse).forEach((line) => log.detail(line))
}

async function showRows(log: Log, { remove }: PrunePlan, now: number, all: boolean) {
  const rows = all ? remove.length : Math.min(ROWS, remove.length)
  for (let index = 0; index < rows; index++) {
    const chosen = remove.at(index)
    if (chosen) log.detail(row(chosen, now))
    await log.drained()
  }
  const hidden = remove.length - rows
  if (hidden > 0) log.detail(`and ${hidden} more; --dry-run lists all of them`)
}

/** Shows what was freed, compared with the plan. */
export function showRemoved(log: Log, { plan, removed }: PruneOutcome): void {
  if (!removed) return
  const { source, bytesBefore, bytesAfter } = plan
  const planned = formatBytes(bytesBefore - bytesAfter)
  log.step(
    `${source}: removed ${count(source, removed.units)}, freed ${formatBytes(removed.bytes)} (planned ${planned})`,
  )
  if (removed.trouble) log.warn(`${source}: ${removed.trouble}. The next prune tries again.`)
  else if (removed.left > 0) {
    const left = count(source, removed.left)
    log.detail(`${left} not removed: used since the plan was made, or needed by one that was`)
  }
}

/** Says what was done when a signal stopped a prune. */
export function stoppedLine(source: string, done: { units: number; bytes: number }): string {
  const removed = `removed ${count(source, done.units)} from ${source}, freed ${formatBytes(done.bytes)}`
  return `Stopped: ${removed}. Run the command again to continue.`
}

/** The part of a result that belongs to no planned source. */
interface Rest {
  /** Sources that could not be read. */
  readonly failed: readonly { readonly source: string; readonly error: string }[]
  /** Bytes of all caches together afterwards, if they exceed their limit. */
  readonly over: { readonly bytes: number; readonly maxBytes: number } | null
}

/** The warning that all caches together exceed their limit. */
export function overLine({ bytes, maxBytes }: NonNullable<Rest['over']>): string {
  return `The shared caches keep ${formatBytes(bytes)}, over the limit of ${formatBytes(maxBytes)}: the rest is in use or cannot be pruned`
}

/** The result of a prune. */
export interface PruneResult extends Rest {
  readonly outcomes: readonly PruneOutcome[]
}

/** Whether the system refused something. */
export function hasTrouble({ outcomes }: PruneResult): boolean {
  return outcomes.some(({ removed }) => removed?.trouble !== undefined)
}

function unitText({ unit, reason }: Chosen): string {
  const { id, cache, label, bytes } = unit
  const lastUsed = unit.lastUsed === null ? null : new Date(unit.lastUsed).toISOString()
  return JSON.stringify({ id, cache, label, bytes, lastUsed, reason })
}

/** Units in one chunk of a document. */
const AT_ONCE = 500

function* outcomePieces({ plan, complete, removed }: PruneOutcome): Generator<string> {
  const { source, bytesBefore, bytesAfter, remove } = plan
  const head = JSON.stringify({ source, complete, bytesBefore, bytesAfter })
  yield `${head.slice(0, -1)},"remove":[`
  for (let from = 0; from < remove.length; from += AT_ONCE) {
    const units = remove.slice(from, from + AT_ONCE).map(unitText)
    yield (from > 0 ? ',' : '') + units.join(',')
  }
  const { trouble } = removed ?? {}
  const done = removed && {
    ...{ units: removed.units, bytes: removed.bytes, left: removed.left },
    ...(trouble === undefined ? {} : { trouble }),
  }
  yield `],"removed":${JSON.stringify(done)}}`
}

/**
 * The JSON document of a prune, in chunks: it may contain a million units. Bytes are exact, times RFC
 * 3339; `removed` is null in a dry run.
 */
export function* pruneDocument(result: PruneResult, dryRun: boolean): Generator<string> {
  const { outcomes, failed, over } = result
  yield `{"version":1,"dryRun":${dryRun},"sources":[`
  for (const [index, outcome] of outcomes.entries()) {
    if (index > 0) yield ','
    yield* outcomePieces(outcome)
  }
  yield `],${JSON.stringify({ failed, over }).slice(1)}`
}
