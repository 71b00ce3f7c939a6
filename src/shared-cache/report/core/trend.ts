import type { HistoryEntry } from './history'

/** A time (RFC 3339) and bytes each, oldest first. */
type Series = readonly (readonly [at: string, bytes: number])[]

export interface Trend {
  readonly name: string
  /** Bytes per day, from a straight line through the last two weeks; null for less than a day of data. */
  readonly growthPerDay: number | null
  readonly points: Series
}

/** Caches and disk over time. */
export interface TrendReport {
  readonly caches: readonly Trend[]
  /** Used bytes of the disk. */
  readonly disk: Trend
  /** The day (`2026-12-01`) on which the disk is full at this rate; null if not within ten years. */
  readonly diskFullOn: string | null
}

const DAY = 86_400_000
const WINDOW = 14 * DAY
const HORIZON = 3650 * DAY
/** Maximum number of points of each series in a report. */
const POINTS = 120

interface Point {
  readonly at: number
  readonly bytes: number
}

/** The slope per day of a least-squares line. */
function slope(points: readonly Point[]): number | null {
  const last = points.at(-1)
  const recent = points.filter(({ at }) => last && last.at - at <= WINDOW)
  const first = recent[0]
  if (!last || !first || last.at - first.at < DAY) return null
  const meanAt = recent.reduce((sum, { at }) => sum + (at - first.at) / recent.length, 0)
  const meanBytes = recent.reduce((sum, { bytes }) => sum + bytes / recent.length, 0)
  let both = 0
  let square = 0
  for (const { at, bytes } of recent) {
    const x = at - first.at - meanAt
    both += x * (bytes - meanBytes)
    square += x * x
  }
  return Math.round((both / square) * DAY)
}

/** At most `POINTS` of the points, evenly spread, including the first and the last. */
function thin(points: readonly Point[]): readonly Point[] {
  if (points.length <= POINTS) return points
  const step = (points.length - 1) / (POINTS - 1)
  return Array.from({ length: POINTS }, (_, i) => points[Math.round(i * step)]).filter(
    (point) => point !== undefined,
  )
}

function trendOf(name: string, points: readonly Point[]): Trend {
  const series = thin(points).map(({ at, bytes }) => [new Date(at).toISOString(), bytes] as const)
  return { name, growthPerDay: slope(points), points: series }
}

function fullOn(latest: HistoryEntry | undefined, perDay: number | null): string | null {
  if (!latest || perDay === null || perDay <= 0) return null
  const left = (latest.disk.freeBytes / perDay) * DAY
  return left > HORIZON ? null : new Date(latest.at + left).toISOString().slice(0, 10)
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
