import {
  type SharedMount,
  isSharedMount,
  mountDevice,
  mountKey,
} from '../../catalogue/core/cache-mounts'

/** A cache mount that builds on this host have used. */
export interface KnownMount extends SharedMount {
  /** The app of the last build that used it. */
  readonly app: string
  /** When a build last used it, in hours since the epoch. */
  readonly used: number
}

/** The most for one app: an id that changes with each deploy must not grow the list without limit. */
const MOST_EACH = 32

/** The most in total, and their size: the list is one argument of a command. */
const MOST = 400
const MOST_CHARACTERS = 100_000

const HOUR = 3_600_000

/** A build that used a mount this many hours ago may still be running. */
const RECENT = 25

function isKnown(value: unknown): value is KnownMount {
  if (typeof value !== 'object' || value === null) return false
  const { id, uid, gid, mode, target, app, used } = value as Record<string, unknown>
  const texts = [id, uid, gid, mode, target, app].every((each) => typeof each === 'string')
  return texts && Number.isInteger(used) && isSharedMount(value as SharedMount)
}

/** Parses the property `mounts`. Invalid entries are skipped. */
export function parseMounts(text: string | undefined): readonly KnownMount[] {
  if (!text) return []
  try {
    const value = JSON.parse(text) as unknown
    return Array.isArray(value) ? value.filter(isKnown) : []
  } catch {
    return []
  }
}

export function formatMounts(mounts: readonly KnownMount[]): string {
  return JSON.stringify(
    mounts.map(({ id, uid, gid, mode, target, app, used }) => ({
      ...{ id, uid, gid, mode, target, app, used },
    })),
  )
}

/** Mounts by device name. */
export function byDevice(mounts: readonly SharedMount[]): ReadonlyMap<string, SharedMount> {
  return new Map(mounts.map((mount) => [mountDevice(mount), mount]))
}

/** Whether a build that used it may still be running. */
export function isInUse({ used }: KnownMount, now: number): boolean {
  // A time in the future came from a wrong clock.
  return Math.abs(now / HOUR - used) < RECENT
}

/**
 * The mounts with those of a build that is about to start, the last used last; null if there are too
 * many and all may be in use. `now` in milliseconds since the epoch. The oldest ones of the same app
 * are dropped first: Dokku runs one build of an app at a time.
 */
export function withMounts(
  known: readonly KnownMount[],
  added: readonly SharedMount[],
  app: string,
  now: number,
): readonly KnownMount[] | null {
  const devices = new Set(added.map(mountDevice))
  const used = Math.floor(now / HOUR)
  const fresh = added.map((mount) => ({ ...mount, app, used }))
  const others = known.filter((mount) => !devices.has(mountDevice(mount)))
  const own = others.filter((mount) => mount.app === app)
  const surplus = new Set(own.slice(0, Math.max(0, own.length + fresh.length - MOST_EACH)))
  const kept = others.filter((mount) => !surplus.has(mount))
  const over = Math.max(0, kept.length + fresh.length - MOST)
  const idle = new Set(kept.filter((mount) => !isInUse(mount, now)).slice(0, over))
  const all = [...kept.filter((mount) => !idle.has(mount)), ...fresh]
  return idle.size < over || formatMounts(all).length > MOST_CHARACTERS ? null : all
}

/** Whether the list already has all of these for a build of the app in this hour. */
export function isNoted(
  known: readonly KnownMount[],
  mounts: readonly SharedMount[],
  app: string,
  now: number,
): boolean {
  const hour = Math.floor(now / HOUR)
  const noted = known.filter((mount) => mount.app === app && mount.used === hour).map(mountDevice)
  return mounts.every((mount) => noted.includes(mountDevice(mount)))
}

/** The mounts without those in these directories. */
export function withoutKeys(
  known: readonly KnownMount[],
  keys: ReadonlySet<string>,
): readonly KnownMount[] {
  return known.filter((mount) => !keys.has(mountKey(mount)))
}

/** Describes the directory of a mount: its id, and its targets if they differ. */
export function mountLabel(mounts: readonly SharedMount[], key: string): string {
  const named = mounts.filter((mount) => mountKey(mount) === key)
  const [first] = named
  if (!first) return `a cache mount that no recent build has used (${key})`
  const id = first.id.replace(/^\//, '')
  const places = [...new Set(named.map(({ target }) => target))].filter((place) => place !== id)
  return places.length > 0 ? `${id} at ${places.join(', ')}` : id
}
