/** A time (RFC 3339) and bytes each, oldest first. */
type Series = readonly (readonly [at: string, bytes: number])[]

export interface Trend {
  readonly name: string
  /** Bytes per day, from a straight line through the last two weeks; null for less than a day of data. */
  readonly growthPerDay: number | null
  readonly points: Series
}

const DAY = 86_400_000
const WINDOW = 14 * DAY
/** Days after which nobody can say when something is full. */
const HORIZON = 3650
/** Maximum number of points of each series in a report. */
const POINTS = 120

/** A measurement: milliseconds since the epoch, and bytes. */
export interface Measurement {
  readonly at: number
  readonly bytes: number
}

/**
 * Growth in bytes per day: the slope of a least-squares line through the last two weeks; null for less
 * than a day of measurements. `points` are sorted by time.
 */
export function growthPerDay(points: readonly Measurement[]): number | null {
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
function thin(points: readonly Measurement[]): readonly Measurement[] {
  if (points.length <= POINTS) return points
  const step = (points.length - 1) / (POINTS - 1)
  return Array.from({ length: POINTS }, (_, i) => points[Math.round(i * step)]).filter(
    (point) => point !== undefined,
  )
}

/** The trend of measurements that are sorted by time. */
export function trendOf(name: string, points: readonly Measurement[]): Trend {
  const series = thin(points).map(({ at, bytes }) => [new Date(at).toISOString(), bytes] as const)
  return { name, growthPerDay: growthPerDay(points), points: series }
}

/**
 * Days until `left` bytes are used up at this growth per day; 0 if they are, null if that is not known or
 * not within ten years.
 */
export function daysUntil(left: number, perDay: number | null): number | null {
  if (left <= 0) return 0
  if (perDay === null || perDay <= 0) return null
  const days = left / perDay
  return days > HORIZON ? null : days
}
