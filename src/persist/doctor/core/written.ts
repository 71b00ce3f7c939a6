/** Directories whose files no app expects to find again. */
const TRANSIENT = [
  ...['/dev', '/proc', '/run', '/sys', '/tmp', '/var/run', '/var/tmp', '/var/lock', '/var/cache'],
  ...['/etc', '/root', '/usr', '/bin', '/sbin', '/lib', '/lib64', '/.dockerenv'],
]
/** Directories at any depth that programs make anew. */
const CACHES =
  /\/(?:\.cache|__pycache__|\.npm|\.bundle|node_modules|nginx\/(?:proxy|client|fastcgi|uwsgi|scgi)_\w+)(?:\/|$)/
const FILES = /\.(?:pid|pyc|sock|lock|swp)$/

const isAtOrBelow = (path: string, above: string) => path === above || path.startsWith(`${above}/`)

const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/')) || '/'

/**
 * The directories in which a container has created or changed files that a new container will not have:
 * outside of its mounts, and of places for temporary files. `changes` are the paths that Docker lists: the
 * directories above each file are among them. Sorted; none of them is in another one.
 */
export function unkeptPlaces(
  changes: readonly string[],
  mounted: readonly string[],
): readonly string[] {
  const above = new Set(changes.map(parentOf))
  const places = changes
    .filter((path) => !above.has(path))
    .filter((path) => !TRANSIENT.some((one) => isAtOrBelow(path, one)))
    .filter((path) => !CACHES.test(path) && !FILES.test(path))
    .filter((path) => !mounted.some((one) => isAtOrBelow(path, one) || isAtOrBelow(one, path)))
    .map(parentOf)
    .filter((path) => path !== '/')
  const sorted = [...new Set(places)].sort()
  return sorted.filter((path) => !sorted.some((one) => one !== path && isAtOrBelow(path, one)))
}
