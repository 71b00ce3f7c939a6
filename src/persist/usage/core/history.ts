/** The size of a volume at one time. */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly time: number
  /** Bytes on the disk: a file with several names counts once. */
  readonly bytes: number
  readonly files: number
  /** False if something could not be read: the size is then a lower bound. */
  readonly complete: boolean
}

const DAY = 86_400_000
/** Samples that are kept: one a day. */
const MOST = 90

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0

/** A sample as it is stored: its time in RFC 3339. */
function readSample(value: unknown): Sample | null {
  if (typeof value !== 'object' || value === null) return null
  const { time, bytes, files, complete } = value as Record<string, unknown>
  const at = typeof time === 'string' ? Date.parse(time) : NaN
  if (Number.isNaN(at) || !isCount(bytes) || !isCount(files)) return null
  return { time: at, bytes, files, complete: complete !== false }
}

/**
 * The samples in a stored history, oldest first. What cannot be read is left out: the next measurement
 * replaces it.
 */
export function parseSamples(text: string): readonly Sample[] {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    return []
  }
  const samples = (read as { readonly samples?: unknown } | null)?.samples
  if (!Array.isArray(samples)) return []
  return samples.flatMap((one) => readSample(one) ?? []).sort((a, b) => a.time - b.time)
}

/** The text of a history, for `parseSamples`. */
export function formatSamples(samples: readonly Sample[]): string {
  const stored = samples.map(({ time, ...rest }) => ({
    time: new Date(time).toISOString(),
    ...rest,
  }))
  return `${JSON.stringify({ version: 1, samples: stored })}\n`
}

/**
 * A history with another sample: the last one of each day (UTC), 90 at most. Samples later than the new
 * one are removed: they came from a wrong clock.
 */
export function addSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const dayOf = ({ time }: Sample) => Math.floor(time / DAY)
  const earlier = samples.filter(({ time }) => time < sample.time)
  const days = new Map([...earlier, sample].map((one) => [dayOf(one), one]))
  return [...days.values()].slice(-MOST)
}
