import { type BaseDirectory, baseLabel } from '../../devices/core/base-directories'

/** A base image whose builds have separate cache directories, because its system is or was unknown. */
export interface BaseReport {
  /** Name of its directories. */
  readonly directory: string
  /** As in Dockerfiles; null if no recent build used it. */
  readonly reference: string | null
  /** `--platform` of its FROM, '' if missing. */
  readonly platform: string
  /** The system whose directories its builds use now; null if they use these, or there are no builds. */
  readonly system: string | null
  /** Whether no build uses these directories any more: prune removes them. */
  readonly stale: boolean
  /** The text for people. */
  readonly label: string
  /** Caches that have such a directory. */
  readonly caches: readonly string[]
  readonly bytes: number
  /** RFC 3339; null if unknown. */
  readonly lastUsed: string | null
}

/** The size of a base image's directory in one cache. `lastUsed` in milliseconds since the epoch. */
export interface MeasuredBase {
  readonly cache: string
  readonly directory: BaseDirectory
  readonly bytes: number
  readonly lastUsed: number | null
}

/** One row for each base image, the largest first. */
export function baseReports(measured: readonly MeasuredBase[]): readonly BaseReport[] {
  const names = [...new Set(measured.map(({ directory }) => directory.directory))]
  const rows = names.map((name): BaseReport => {
    const own = measured.filter(({ directory }) => directory.directory === name)
    const [first] = own
    if (!first) throw new Error(`nothing is known of ${name}`)
    const { base, isStale } = first.directory
    const uses = own.flatMap(({ lastUsed }) => lastUsed ?? [])
    const lastUsed = uses.length > 0 ? Math.max(...uses) : null
    return {
      directory: name,
      reference: base?.reference ?? null,
      platform: base?.platform ?? '',
      system: base?.system || null,
      stale: isStale,
      label: baseLabel(first.directory, lastUsed),
      caches: own.map(({ cache }) => cache),
      bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      lastUsed: lastUsed === null ? null : new Date(lastUsed).toISOString(),
    }
  })
  return rows.sort((one, other) => other.bytes - one.bytes)
}
