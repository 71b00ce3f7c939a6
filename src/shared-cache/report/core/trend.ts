import { type Trend, daysUntil, trendOf } from '../../../foundation/core/trend'
import type { HistoryEntry } from './history'

/** Caches and disk over time. */
export interface TrendReport {
  readonly caches: readonly Trend[]
  /** Used bytes of the disk. */
  readonly disk: Trend
  /** The day (`2026-12-01`) on which the disk is full at this rate; null if not within ten years. */
  readonly diskFullOn: string | null
}

const DAY = 86_400_000

function fullOn(latest: HistoryEntry | undefined, perDay: number | null): string | null {
  if (!latest || perDay === null || perDay <= 0) return null
  const days = daysUntil(latest.disk.freeBytes, perDay)
  return days === null ? null : new Date(latest.at + days * DAY).toISOString().slice(0, 10)
}

/**
 * The trends in a history, caches in the order of the names. A cache that was not measured at some time
 * has no point for it. Growth is the net result of use and pruning.
 */
export function trends(entries: readonly HistoryEntry[], names: readonly string[]): TrendReport {
  const caches = names.map((name) => {
    const points = entries.flatMap(({ at, caches }) => {
      const bytes = caches[name]
      return bytes === undefined ? [] : [{ at, bytes }]
    })
    return trendOf(name, points)
  })
  const used = entries.map(({ at, disk }) => ({ at, bytes: disk.bytes - disk.freeBytes }))
  const disk = trendOf('disk', used)
  return { caches, disk, diskFullOn: fullOn(entries.at(-1), disk.growthPerDay) }
}
