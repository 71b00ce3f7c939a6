import type { Damage, Tally } from '../package-managers/core/task'
import type { Log } from '../../foundation/output/log'
import { formatBytes } from '../../foundation/output/units'

/** What verifying a cache came to, and what became of what was damaged. */
export interface VerifyOutcome {
  readonly cache: string
  readonly tally: Tally
  readonly complete: boolean
  /** Damaged entries, as many as are named. */
  readonly damages: readonly Damage[]
  /** null where nothing was to be removed. */
  readonly fixed: VerifyFixed | null
}

export interface VerifyFixed {
  /** Bytes freed. */
  readonly bytes: number
  /** Damaged entries that are still there: indices. */
  readonly left: ReadonlySet<number>
}

/** Damaged entries that are shown; all of them are in the JSON. */
const ROWS = 50

/** Names as one line on any terminal: a container may have put anything into them. */
function oneLine(text: string): string {
  return text.replace(
    /[^\x20-\x7e]|\\/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

function entries(count: number, adjective = ''): string {
  return `${count} ${adjective}${count === 1 ? 'entry' : 'entries'}`
}

/** How many damaged entries of a cache are still there. */
function damageLeft({ tally, fixed, damages }: VerifyOutcome): number {
  return fixed ? tally.damaged - damages.length + fixed.left.size : tally.damaged
}

/** Shows what was found in a cache, and what was removed. */
export function showVerified(log: Log, outcome: VerifyOutcome): void {
  const { cache, tally, complete, damages } = outcome
  const { proven, unprovable, damaged, busy, unread } = tally
  const counts = [
    `${proven} proven`,
    `${unprovable} not provable`,
    ...(busy ? [`${busy} in use`] : []),
    ...(unread ? [`${unread} unreadable`] : []),
    `${damaged} damaged`,
  ]
  const part = complete ? '' : ', but not all directories could be read'
  log.heading(`${cache}: ${counts.join(', ')} (${formatBytes(tally.bytes)} read)${part}`)
  for (const { path, why } of damages.slice(0, ROWS)) log.detail(oneLine(`${path}: ${why}`))
  const hidden = damaged - Math.min(damages.length, ROWS)
  if (hidden > 0) log.detail(`and ${hidden} more, which --format json names`)
  showFixed(log, outcome)
}

function showFixed(log: Log, { cache, damages, fixed }: VerifyOutcome): void {
  if (!fixed || damages.length === 0) return
  const removed = damages.length - fixed.left.size
  log.step(`${cache}: removed ${entries(removed, 'damaged ')}, freed ${formatBytes(fixed.bytes)}`)
  if (fixed.left.size > 0) {
    log.detail(
      `${entries(fixed.left.size)} left: changed since it was checked, or not to be removed`,
    )
  }
}

/** The one line that says why a verification did not end well; '' when it did. */
export function verdictLine(outcomes: readonly VerifyOutcome[], fix: boolean): string {
  const bad = outcomes.filter((outcome) => damageLeft(outcome) > 0)
  const left = bad.reduce((sum, outcome) => sum + damageLeft(outcome), 0)
  const names = bad.map(({ cache }) => cache).join(', ')
  const again = fix ? 'run it again' : '--fix removes what is damaged'
  if (left > 0) return `${entries(left, 'damaged ')} in ${names}: ${again}`
  const unread = outcomes.filter(({ tally, complete }) => tally.unread > 0 || !complete)
  if (unread.length === 0) return ''
  return `Not everything could be read in ${unread.map(({ cache }) => cache).join(', ')}`
}

/** The JSON document of a verification. Bytes are exact; `freed` is null without `--fix`. */
export function verifyDocument(outcomes: readonly VerifyOutcome[], fix: boolean): string {
  const caches = outcomes.map(({ cache, tally, complete, damages, fixed }) => {
    const { damaged, proven, unprovable, busy, unread, bytes } = tally
    return {
      cache,
      complete,
      bytes,
      proven,
      unprovable,
      inUse: busy,
      unreadable: unread,
      damaged,
      damage: damages.map(({ path, why }, index) => ({
        path,
        why,
        removed: fixed ? !fixed.left.has(index) : false,
      })),
      freed: fixed?.bytes ?? null,
    }
  })
  return JSON.stringify({ version: 1, fix, caches })
}
