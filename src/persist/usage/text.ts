import { formatBytes, formatGrowth, formatShare, formatSince } from '../../foundation/output/units'
import type { Figures } from './core/figures'

/** A size for people: `at least` if it is a lower bound, `-` if it is unknown. */
export function sizeText({ bytes, complete }: Pick<Figures, 'bytes' | 'complete'>): string {
  return bytes === null ? '-' : `${complete ? '' : 'at least '}${formatBytes(bytes)}`
}

/** How long ago a volume was measured. `now` in milliseconds. */
export function measuredText({ measuredAt }: Pick<Figures, 'measuredAt'>, now: number): string {
  return formatSince(now, measuredAt)
}

export function growthOf({ growthPerDay }: Pick<Figures, 'growthPerDay'>): string {
  return growthPerDay === null ? '-' : formatGrowth(growthPerDay)
}

/** A limit, and how much of it is used. */
export function limitText({ limitBytes, limitShare }: Figures): string {
  if (limitBytes === null) return '-'
  const used = limitShare === null ? '' : ` (${formatShare(limitShare)})`
  return formatBytes(limitBytes) + used
}

export function daysText(days: number | null): string {
  if (days === null) return '-'
  return days === 0 ? 'now' : `${days} day${days === 1 ? '' : 's'}`
}

/** What is used up first: the limit or the disk. */
export function fullText({ daysUntilLimit, daysUntilDiskFull }: Figures): string {
  const known = [daysUntilLimit, daysUntilDiskFull].filter((days) => days !== null)
  return daysText(known.length > 0 ? Math.min(...known) : null)
}

/** A line for each volume that has reached `warn-at`. */
export function warningLines(figures: readonly Figures[]): readonly string[] {
  return figures
    .filter(({ warning }) => warning)
    .map(({ app, formerApp, name, bytes, limitBytes, overLimit }) => {
      const used = `${formatBytes(bytes ?? 0)} of ${formatBytes(limitBytes ?? 0)}`
      const of = app ?? formerApp ?? 'no app'
      return `The volume ${name} of ${of} ${overLimit ? 'is over its limit' : 'has nearly reached its limit'}: ${used}`
    })
}
