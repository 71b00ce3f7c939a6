import { daysUntil, growthPerDay, trendOf } from '../../../foundation/core/trend'
import { isEnforced } from '../../limits/core/limit'
import type { Kind, Volume } from '../../volumes/core/volume'
import type { Sample } from './history'

/** The disk that a volume is on, in bytes; `freeBytes` for users other than root. */
export interface VolumeDisk {
  readonly bytes: number
  readonly freeBytes: number
}

/** What is remembered of the size of a volume, and what follows from it. */
export interface Figures {
  /** The storage entry. */
  readonly entry: string
  /** null if no app has it. */
  readonly app: string | null
  /** The app that had it, for a volume without an app. */
  readonly formerApp: string | null
  readonly name: string
  readonly path: string
  readonly kind: Kind
  /** Bytes on the disk; null if it was never measured. */
  readonly bytes: number | null
  readonly files: number | null
  /** False if something could not be read: `bytes` is then a lower bound. */
  readonly complete: boolean
  /** RFC 3339; null if it was never measured. */
  readonly measuredAt: string | null
  /** Share of its disk, 0 to 1. */
  readonly share: number | null
  /** Bytes per day, over two weeks; null for less than a day of measurements. */
  readonly growthPerDay: number | null
  /** null for no limit. */
  readonly limitBytes: number | null
  /** Whether the file system enforces it, as last set. Without, it is only watched. */
  readonly limitEnforced: boolean
  /** Share of the limit, 0 to 1 or more. */
  readonly limitShare: number | null
  readonly overLimit: boolean
  /** Whether it has reached the share of its limit that `warn-at` names. */
  readonly warning: boolean
  /** Whole days at this growth; null if unknown, without growth, or not within ten years. */
  readonly daysUntilLimit: number | null
  readonly daysUntilDiskFull: number | null
  /** Times (RFC 3339) and bytes, oldest first. */
  readonly points: readonly (readonly [at: string, bytes: number])[]
}

const whole = (days: number | null) => days && Math.floor(days)

/** The share of the limit that is used. A limit of nothing is used up by anything. */
function shareOfLimit(bytes: number, limit: number): number {
  if (limit > 0) return bytes / limit
  return bytes > 0 ? 1 : 0
}

/**
 * The figures of a volume. `apps` are those that exist: the app of a record may have been destroyed
 * without this plugin. `warnAt` is a share of the limit, 0 to 1; null to warn only above it.
 * `enforced` is the limit that was set in the file system, in bytes; null for none.
 */
export function figuresOf(
  volume: Volume,
  samples: readonly Sample[],
  disk: VolumeDisk,
  apps: readonly string[],
  warnAt: number | null,
  enforced: number | null,
): Figures {
  const { entry, name, path, kind, size } = volume
  const app = volume.app !== null && apps.includes(volume.app) ? volume.app : null
  const last = samples.at(-1)
  const bytes = last?.bytes ?? null
  const known = samples.filter(({ complete }) => complete)
  const measured = known.map(({ time, bytes: each }) => ({ at: time, bytes: each }))
  const perDay = growthPerDay(measured)
  const limitShare = bytes === null || size === null ? null : shareOfLimit(bytes, size)
  const overLimit = bytes !== null && size !== null && bytes > size
  return {
    entry,
    app,
    formerApp: app === null ? (volume.formerApp ?? volume.app) : null,
    name,
    path,
    kind,
    bytes,
    files: last?.files ?? null,
    complete: last?.complete ?? true,
    measuredAt: last ? new Date(last.time).toISOString() : null,
    share: bytes === null || disk.bytes <= 0 ? null : bytes / disk.bytes,
    growthPerDay: perDay,
    limitBytes: size,
    limitEnforced: isEnforced(size, { limit: enforced }),
    limitShare,
    overLimit,
    warning: overLimit || (warnAt !== null && limitShare !== null && limitShare >= warnAt),
    daysUntilLimit: bytes === null || size === null ? null : whole(daysUntil(size - bytes, perDay)),
    daysUntilDiskFull: whole(daysUntil(disk.freeBytes, perDay)),
    points: trendOf(entry, measured).points,
  }
}

/** Volumes together. */
export interface Totals {
  readonly volumes: number
  /** Volumes without an app. */
  readonly orphans: number
  /** Volumes that were never measured: they are not in the sums. */
  readonly unmeasured: number
  readonly bytes: number
  readonly files: number
  /** Sum of the known growths; null if none is known. */
  readonly growthPerDay: number | null
  readonly overLimit: number
}

export function totalsOf(figures: readonly Figures[]): Totals {
  const sum = (values: readonly (number | null)[]) =>
    values.reduce<number>((total, value) => total + (value ?? 0), 0)
  const count = (is: (one: Figures) => boolean) => figures.filter(is).length
  const growths = figures.map((one) => one.growthPerDay)
  return {
    volumes: figures.length,
    orphans: count(({ app }) => app === null),
    unmeasured: count(({ bytes }) => bytes === null),
    bytes: sum(figures.map(({ bytes }) => bytes)),
    files: sum(figures.map(({ files }) => files)),
    growthPerDay: growths.every((one) => one === null) ? null : sum(growths),
    overLimit: count(({ overLimit }) => overLimit),
  }
}

/** Whole days until a disk is full at this growth; null if unknown or not within ten years. */
export function daysUntilFull({ freeBytes }: VolumeDisk, perDay: number | null): number | null {
  return whole(daysUntil(freeBytes, perDay))
}

/** Whether a disk is used up to a share, 0 to 1; null for none. */
export function isNearlyFull({ bytes, freeBytes }: VolumeDisk, warnAt: number | null): boolean {
  return warnAt !== null && bytes > 0 && 1 - freeBytes / bytes >= warnAt
}
