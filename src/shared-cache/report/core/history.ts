/** The sizes of caches and disk at one time: one line of the history. */
export interface HistoryEntry {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Total and free bytes of the disk with the caches. */
  readonly disk: { readonly bytes: number; readonly freeBytes: number }
  /** Bytes by cache. */
  readonly caches: Readonly<Record<string, number>>
}

/** The name of Docker's build cache in the history. */
export const BUILD_CACHE = 'buildkit'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** All entries are kept for this long, after that the last one of each day. */
const FINE = 14 * DAY
const COARSE = 2 * 365 * DAY

function isBytes(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Parses a line; null if it is incomplete or invalid. */
function readLine(line: string): HistoryEntry | null {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { at, disk, caches } = value as Partial<Record<keyof HistoryEntry, unknown>>
  const time = typeof at === 'string' ? Date.parse(at) : NaN
  const { bytes, freeBytes } = (disk ?? {}) as Record<string, unknown>
  if (Number.isNaN(time) || !isBytes(bytes) || !isBytes(freeBytes)) return null
  if (typeof caches !== 'object' || caches === null) return null
  const sizes = Object.entries(caches).filter(([, size]) => isBytes(size))
  return { at: time, disk: { bytes, freeBytes }, caches: Object.fromEntries(sizes) }
}

/** Entries of a history, oldest first. Invalid lines are skipped. */
export function parseHistory(text: string): readonly HistoryEntry[] {
  const entries = text.split('\n').flatMap((line) => readLine(line) ?? [])
  return entries.sort((a, b) => a.at - b.at)
}

/** The file of a history: one line of JSON per entry, times in RFC 3339. */
export function formatHistory(entries: readonly HistoryEntry[]): string {
  return entries
    .map(({ at, ...rest }) => `${JSON.stringify({ at: new Date(at).toISOString(), ...rest })}\n`)
    .join('')
}

/** Whether to add an entry to a history now: at most one an hour. */
export function isDue(entries: readonly HistoryEntry[], now: number): boolean {
  return !entries.some(({ at }) => at <= now && now - at < HOUR)
}

/**
 * A history with another entry, limited: all of the last two weeks, then one a day for two years, at
 * most 1100 in total. Entries later than the new one are removed: they came from a wrong clock.
 */
export function addEntry(
  entries: readonly HistoryEntry[],
  entry: HistoryEntry,
): readonly HistoryEntry[] {
  const earlier = entries.filter(({ at }) => at < entry.at && entry.at - at <= COARSE)
  const kept = earlier.filter(({ at }, i) => {
    if (entry.at - at <= FINE) return true
    const next = earlier[i + 1]
    return next === undefined || Math.floor(next.at / DAY) !== Math.floor(at / DAY)
  })
  return [...kept, entry]
}

/** The part of a report that the history stores. */
export interface Measured {
  readonly generatedAt: string
  readonly disk: { readonly bytes: number; readonly freeBytes: number }
  readonly caches: readonly { readonly name: string; readonly bytes: number }[]
  readonly buildCache: { readonly private: number } | null
}

/** The entry for a report. */
export function entryOf(report: Measured): HistoryEntry {
  const { bytes, freeBytes } = report.disk
  const { buildCache } = report
  const own = report.caches.map((cache) => [cache.name, cache.bytes] as const)
  const docker = buildCache ? [[BUILD_CACHE, buildCache.private] as const] : []
  return {
    at: Date.parse(report.generatedAt),
    disk: { bytes, freeBytes },
    caches: Object.fromEntries([...own, ...docker]),
  }
}
