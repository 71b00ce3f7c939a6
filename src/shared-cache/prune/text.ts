import type { Chosen, PrunePlan, Removed } from '../prune-plan/core/inventory'
import type { Log } from '../../foundation/output/log'
import { formatAge, formatBytes } from '../../foundation/output/units'

/** What happened to one source: the plan, and what came of it unless it was a dry run. */
export interface PruneOutcome {
  readonly plan: PrunePlan
  /** False where the inventory could not see everything. */
  readonly complete: boolean
  readonly removed: Removed | null
}

/** Rows of a plan that are shown before a question; a dry run shows all. */
const ROWS = 40

const WHY: Readonly<Record<Chosen['reason'], string>> = {
  stale: 'of no use',
  age: 'too old',
  size: 'over the size',
  space: 'for free space',
}

function count(source: string, number: number): string {
  const noun = source === 'buildkit' ? 'record' : 'unit'
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function row({ unit, reason }: Chosen, now: number): string {
  const age = unit.lastUsed === null ? 'unknown' : formatAge(now - unit.lastUsed)
  const cells = [formatBytes(unit.bytes).padStart(9), age.padEnd(11), WHY[reason].padEnd(14)]
  return [...cells, unit.label].join('  ')
}

/** Shows what a plan would remove: each unit with size, age and reason, and the total afterwards. */
export async function showPlan(
  log: Log,
  outcome: PruneOutcome,
  now: number,
  all: boolean,
): Promise<void> {
  const { source, remove, bytesBefore, bytesAfter } = outcome.plan
  const before = `${outcome.complete ? '' : 'at least '}${formatBytes(bytesBefore)}`
  if (remove.length === 0) {
    log.heading(`${source}: nothing to prune, ${before} stay`)
    return
  }
  log.heading(`${source}: ${count(source, remove.length)} to remove`)
  const rows = all ? remove.length : Math.min(ROWS, remove.length)
  for (let index = 0; index < rows; index++) {
    const chosen = remove.at(index)
    if (chosen) log.detail(row(chosen, now))
    await log.drained()
  }
  const hidden = remove.length - rows
  if (hidden) log.detail(`and ${hidden} more, which --dry-run shows`)
  const freed = formatBytes(bytesBefore - bytesAfter)
  log.detail(`${before} now, ${freed} to free, ${formatBytes(bytesAfter)} afterwards`)
}

/** Says what was really freed beside what was planned. */
export function showRemoved(log: Log, { plan, removed }: PruneOutcome): void {
  if (!removed) return
  const { source, bytesBefore, bytesAfter } = plan
  const planned = formatBytes(bytesBefore - bytesAfter)
  log.step(
    `${source}: removed ${count(source, removed.units)}, freed ${formatBytes(removed.bytes)} (planned ${planned})`,
  )
  if (removed.trouble) log.warn(`${source}: ${removed.trouble}; the next prune tries again`)
  else if (removed.left) {
    const refused = removed.trouble === undefined ? '' : 'refused by the disk, '
    log.detail(
      `${count(source, removed.left)} left: ${refused}used since the plan was made, or held by such`,
    )
  }
}

/** Says what was done when somebody stopped it. */
export function stoppedLine(source: string, done: { units: number; bytes: number }): string {
  const freed = formatBytes(done.bytes)
  return `Stopped: ${source} is rid of ${count(source, done.units)}, ${freed}. The next prune goes on from here.`
}

/** What of a prune is about no source, or about one that could not be read. */
interface Rest {
  readonly failed: readonly { readonly source: string; readonly error: string }[]
  /** Bytes of all caches together afterwards, where that is more than they may hold. */
  readonly over: { readonly bytes: number; readonly maxBytes: number } | null
}

/** Says that the caches stay over what they may hold, and why. */
export function overLine({ bytes, maxBytes }: NonNullable<Rest['over']>): string {
  return `The shared caches stay at ${formatBytes(bytes)}, over ${formatBytes(maxBytes)}: the rest is in use, or cannot be pruned`
}

/** What a prune came to. */
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

/** Units in one piece of a document. */
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
 * The JSON document of a prune, in pieces: it may name a million units. Bytes are exact, times
 * RFC 3339; `removed` is null in a dry run.
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
