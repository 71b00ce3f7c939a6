import type { Damage, Tally } from '../package-managers/core/task'
import type { Log } from '../../foundation/output/log'
import { formatBytes } from '../../foundation/output/units'

/** The result of verifying one cache, and of removing damaged entries. */
export interface VerifyOutcome {
  readonly cache: string
  readonly tally: Tally
  readonly complete: boolean
  /** Damaged entries; if there are very many, only the first ones. */
  readonly damages: readonly Damage[]
  /** null without `--fix`, and if there was nothing to remove. */
  readonly fixed: VerifyFixed | null
}

export interface VerifyFixed {
  /** Bytes freed. */
  readonly bytes: number
  /** Indices of damaged entries that were not removed. */
  readonly left: ReadonlySet<number>
}

/** Maximum number of damaged entries shown; the JSON document has more. */
const ROWS = 50

/** A name as one line of printable characters: containers can create files with any name. */
function oneLine(text: string): string {
  return text.replace(
    /[^\x20-\x7e]|\\/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

function entries(count: number, adjective = ''): string {
  return `${count} ${adjective}${count === 1 ? 'entry' : 'entries'}`
}

/** Number of damaged entries of a cache that remain. */
function damageLeft({ tally, fixed, damages }: VerifyOutcome): number {
  return fixed ? tally.damaged - damages.length + fixed.left.size : tally.damaged
}

/** Shows the result for one cache, and what was removed. */
export function showVerified(log: Log, outcome: VerifyOutcome): void {
  const { cache, tally, complete, damages } = outcome
  const { proven, unprovable, damaged, busy, unread } = tally
  const counts = [
    `${proven} verified`,
    `${unprovable} without checksum`,
    ...(busy ? [`${busy} in use`] : []),
    ...(unread ? [`${unread} unreadable`] : []),
    `${damaged} damaged`,
  ]
  const part = complete ? '' : '; some directories could not be read'
  log.heading(`${cache}: ${counts.join(', ')} (${formatBytes(tally.bytes)} read)${part}`)
  for (const { path, why } of damages.slice(0, ROWS)) log.detail(oneLine(`${path}: ${why}`))
  const hidden = damaged - Math.min(damages.length, ROWS)
  if (hidden > 0) log.detail(`and ${hidden} more; --format json lists them`)
  showFixed(log, outcome)
}

function showFixed(log: Log, { cache, damages, fixed }: VerifyOutcome): void {
  if (!fixed || damages.length === 0) return
  const removed = damages.length - fixed.left.size
  log.step(`${cache}: removed ${entries(removed, 'damaged ')}, freed ${formatBytes(fixed.bytes)}`)
  if (fixed.left.size > 0) {
    log.detail(
      `${entries(fixed.left.size)} not removed: changed since the check, or refused by the system`,
    )
  }
}

/** The last line: what is wrong and what to do; '' if everything is ok. */
export function verdictLine(outcomes: readonly VerifyOutcome[], fix: boolean): string {
  const bad = outcomes.filter((outcome) => damageLeft(outcome) > 0)
  const left = bad.reduce((sum, outcome) => sum + damageLeft(outcome), 0)
  const names = bad.map(({ cache }) => cache).join(', ')
  const them = left === 1 ? 'it' : 'them'
  const again = fix ? 'run verify again' : `run verify again with --fix to remove ${them}`
  if (left > 0) return `${entries(left, 'damaged ')} in ${names}: ${again}`
  const unread = outcomes.filter(({ tally, complete }) => tally.unread > 0 || !complete)
  if (unread.length === 0) return ''
  return `Some entries could not be read in ${unread.map(({ cache }) => cache).join(', ')}`
}

/** The JSON document of a verification. Bytes are exact; `freed` is null if nothing was removed. */
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
