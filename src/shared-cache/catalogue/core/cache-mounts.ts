import { digest } from '../../../foundation/core/digest'

/**
 * Cache mounts of Dockerfiles that belong to no known package manager, in shared storage: a directory
 * of the host for each id, and a device for each path at which steps use it.
 */

/** A cache mount, described independently of its Dockerfile. */
export interface SharedMount {
  /** As BuildKit's own records name it: `BUILDKIT_CACHE_MOUNT_NS/id`. */
  readonly id: string
  /** As in the Dockerfile, '' if missing. Each value has its own directory. */
  readonly uid: string
  readonly gid: string
  /** Octal digits. */
  readonly mode: string
  /** Absolute path in build steps. */
  readonly target: string
}

/** The directory of cache mounts below the root, and the name of the cache. */
export const SHARED_MOUNTS = 'cache-mounts'

/**
 * Name of the directory. It depends on the id and not on the base image, because BuildKit shares a
 * cache mount among all builds of a host, and some Dockerfiles use that to pass files between stages
 * with different bases. To separate directories, put the system into the id.
 */
export function mountKey({ id, uid, gid, mode }: SharedMount): string {
  return digest([id, uid, gid, mode].join('\n'))
}

/** Name of the device. It depends on the target too, because a device has one path in containers. */
export function mountDevice(mount: SharedMount): string {
  return deviceAt(mountKey(mount), mount.target)
}

function deviceAt(key: string, target: string): string {
  return `mount-${digest(`${key}\n${target}`)}`
}

/** Whether a device belongs to a cache mount. */
export function isMountDevice(name: string): boolean {
  return /^mount-[0-9a-f]{16}$/.test(name)
}

/** Targets at or below these are not moved: BuildKit, runc or this plugin mount there. */
const RESERVED = ['/proc', '/sys', '/dev', '/run/shared-cache', '/run/secrets', '/run/buildkit']
const EXACT = ['/', '/etc', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf', '/run', '/var']

/** Maximum length of ids and targets; BuildKit accepts up to 4096 bytes. */
const LONGEST = 250

/** Whether a device can be mounted at a path in a container. */
function isMountTarget(path: string): boolean {
  if (path.length > LONGEST || !/^\/[\x21-\x7e]+$/.test(path) || /["'\\$,=]/.test(path)) {
    return false
  }
  const names = path.slice(1).split('/')
  if (names.some((name) => name === '' || name === '.' || name === '..')) return false
  const real = path.replace(/^\/var\/run(?=\/|$)/, '/run')
  const isNear = (place: string) => real === place || real.startsWith(`${place}/`)
  return !EXACT.includes(real) && !RESERVED.some(isNear)
}

const NUMBER = /^(?:\d{1,9})?$/
const MODE = /^(?:[0-7]{1,4})?$/

/** Whether a device can replace a mount: it has no unusual characters or targets. */
export function isSharedMount({ id, uid, gid, mode, target }: SharedMount): boolean {
  const named = id.length <= LONGEST && /^[\x20-\x7e]*$/.test(id)
  return named && isMountTarget(target) && NUMBER.test(uid) && NUMBER.test(gid) && MODE.test(mode)
}

/** A cache mount on the host: the directory, its owner and mode, and its path in steps. */
export interface CacheMountDirectory {
  /** Name of the directory. */
  readonly key: string
  readonly uid: number
  readonly gid: number
  readonly mode: number
  readonly target: string
  readonly device: string
}

/** A mount as an argument of the root helper. */
export function mountArgument(mount: SharedMount): string {
  const { uid, gid, mode, target } = mount
  return [mountKey(mount), uid || '0', gid || '0', mode || '755', target].join(':')
}

/** Parses such an argument; undefined for anything else. */
export function readMountArgument(text: string): CacheMountDirectory | undefined {
  const [, key = '', uid, gid, mode = '', target = ''] =
    /^([0-9a-f]{16}):(\d{1,9}):(\d{1,9}):([0-7]{1,4}):(.*)$/.exec(text) ?? []
  if (!isMountTarget(target)) return undefined
  const device = deviceAt(key, target)
  return { key, uid: Number(uid), gid: Number(gid), mode: parseInt(mode, 8), target, device }
}
