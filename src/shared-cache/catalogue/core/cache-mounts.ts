import { digest } from '../../../foundation/core/digest'

/**
 * Cache mounts of Dockerfiles that no package manager is known for, in shared storage: a directory of
 * the host for each id, and a device for each place at which steps see it.
 */

/** A cache mount as it means something outside its file. */
export interface SharedMount {
  /** As BuildKit's own records name it: `BUILDKIT_CACHE_MOUNT_NS/id`. */
  readonly id: string
  /** As the file says them, '' where it does not: each other value is another directory. */
  readonly uid: string
  readonly gid: string
  /** Octal digits. */
  readonly mode: string
  /** Absolute path at which the step sees it. */
  readonly target: string
}

/** Directory below the root that holds them, and what the cache is called. */
export const SHARED_MOUNTS = 'cache-mounts'

/**
 * Name of the directory: by id, as BuildKit shares it among all builds of a host, whatever their base
 * image. Some files pass things from a stage to one with another base that way, so this is not kept
 * apart by system; who wants that has it in the id.
 */
export function mountKey({ id, uid, gid, mode }: SharedMount): string {
  return digest([id, uid, gid, mode].join('\n'))
}

/** Name of the device; a device has one place in containers, so that is part of it. */
export function mountDevice(mount: SharedMount): string {
  return deviceAt(mountKey(mount), mount.target)
}

function deviceAt(key: string, target: string): string {
  return `mount-${digest(`${key}\n${target}`)}`
}

/** Whether a device is one of a cache mount. */
export function isMountDevice(name: string): boolean {
  return /^mount-[0-9a-f]{16}$/.test(name)
}

/** Above, at or below these nothing is moved: BuildKit, runc or this plugin mount there themselves. */
const RESERVED = ['/proc', '/sys', '/dev', '/run/shared-cache', '/run/secrets', '/run/buildkit']
const EXACT = ['/', '/etc', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf', '/run', '/var']

/** What fits in a line of options; BuildKit itself takes up to 4096 bytes. */
const LONGEST = 250

/** Whether a path is a place at which a device may appear in a container. */
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

/** Whether a mount can be had from a device: everything of it is plain. */
export function isSharedMount({ id, uid, gid, mode, target }: SharedMount): boolean {
  const named = id.length <= LONGEST && /^[\x20-\x7e]*$/.test(id)
  return named && isMountTarget(target) && NUMBER.test(uid) && NUMBER.test(gid) && MODE.test(mode)
}

/** What the host has to know of a mount: the directory, whose it is, and where steps see it. */
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

/** Reads such an argument; undefined for anything else. */
export function readMountArgument(text: string): CacheMountDirectory | undefined {
  const [, key = '', uid, gid, mode = '', target = ''] =
    /^([0-9a-f]{16}):(\d{1,9}):(\d{1,9}):([0-7]{1,4}):(.*)$/.exec(text) ?? []
  if (!isMountTarget(target)) return undefined
  const device = deviceAt(key, target)
  return { key, uid: Number(uid), gid: Number(gid), mode: parseInt(mode, 8), target, device }
}
