import type { Owner } from '../../../foundation/core/owner'
import { findCache, OWN_DIRECTORY } from '../../catalogue/core/catalogue'
import type { CacheSpec } from '../../catalogue/core/cache-spec'
import { GROUPS, rootOf, splitName } from '../../catalogue/core/group'
import { SHARED_MOUNTS } from '../../catalogue/core/cache-mounts'
import { isInnerDirectory } from '../../catalogue/core/system'

/**
 * Rules for cache directories that many users share, and how existing ones violate them. The rules come
 * from running pip, npm and cargo as several users at once.
 *
 * - The mode of the root keeps other users of the host out. It does not affect bind mounts.
 * - A cache directory is 0777 without the sticky bit (with it, renaming over another user's file
 *   fails). It has a default ACL: otherwise the directories that tools make in it follow their umask.
 * - Its owner is root: pip run by root ignores a cache with another owner.
 *
 * If all caches belong to a single user, no ACLs are needed.
 */
export type Sharing = 'all users' | 'one user'

/** A directory, file or link that must exist. */
export interface Place {
  /** Its cache; null for the root directory. */
  readonly cache: string | null
  /** Relative to the root; '' is the root itself. */
  readonly path: string
  readonly kind: 'directory' | 'file' | 'link'
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Whether everything in it must be open to all users: it needs a default ACL. */
  readonly open: boolean
  /** Text of a new file, or target of a link. */
  readonly content: string
}

/** Tells backup programs to skip a directory: https://bford.info/cachedir/ */
export const TAG = 'CACHEDIR.TAG'
export const TAG_CONTENT = `Signature: 8a477f597d28d172789f06886806bc55
# A package cache that apps share; what is missing is downloaded again.
`

/** Marks a cache whose content is being opened to all users. After a kill the next run continues. */
export const OPENING = '.shared-cache-opening'

/** The directory of a cache, or the directory of a system inside it. */
export interface CacheDirectory extends Pick<CacheSpec, 'name' | 'directory' | 'mounts'> {
  readonly group: string
  /** Links in a system's directory to what all systems share; null for the directory of the cache. */
  readonly links: readonly string[] | null
}

/**
 * A cache directory by its name: `pip`, with a group `private:pip`, with a system
 * `private:pip@debian-12-amd64-glibc`. Undefined for all other names, which the root helper rejects.
 */
export function findCacheDirectory(name: string): CacheDirectory | undefined {
  const [cacheName = '', system, ...more] = name.split('@')
  const found = splitName(cacheName)
  if (!found || more.length > 0) return undefined
  const { group, cache } = found
  const directory = rootOf('', group).slice(1) + (group ? '/' : '') + cache.directory
  if (system === undefined) return { ...cache, group, directory, links: null }
  if (!cache.perSystem || !isInnerDirectory(system)) return undefined
  const { links } = cache.perSystem
  return { name: cache.name, group, directory: `${directory}/${system}`, mounts: [], links }
}

/**
 * Other directories that the directory of a system needs: its cache, and the targets of its links,
 * because pip stores nothing through a broken link.
 */
function directoriesAround(directory: string, links: readonly string[]): readonly string[] {
  const cache = directory.slice(0, directory.lastIndexOf('/'))
  return [cache, ...links.map((link) => `${cache}/${link}`)]
}

/** The directory of cache mounts: each one in it has its own owner and mode. */
const MOUNTS: CacheDirectory = {
  name: SHARED_MOUNTS,
  group: '',
  directory: SHARED_MOUNTS,
  mounts: [],
  links: null,
}

/** A directory that can be measured and pruned by name: of a cache, or of cache mounts. */
export function findStore(name: string): CacheDirectory | undefined {
  return name === SHARED_MOUNTS ? MOUNTS : findCacheDirectory(name)
}

/** `findStore` for a name that is known to exist. Throws a defect otherwise. */
export function storeNamed(name: string): CacheDirectory {
  const store = findStore(name)
  if (!store) throw new Error(`no cache is called ${name}`)
  return store
}

/** `findCacheDirectory` for a name that is known to exist. Throws a defect otherwise. */
export function cacheDirectoryNamed(name: string): CacheDirectory {
  const directory = findCacheDirectory(name)
  if (!directory) throw new Error(`no cache is called ${name}`)
  return directory
}

/** Directories that contain the caches of groups. The mode of the root protects them too. */
function groupsOf(directories: readonly CacheDirectory[]): readonly string[] {
  const groups = new Set(directories.map(({ group }) => group).filter((group) => group !== ''))
  return groups.size === 0 ? [] : [GROUPS, ...[...groups].map((group) => `${GROUPS}/${group}`)]
}

/** Everything that must exist for these caches, parents first. */
export function placesOf(
  directories: readonly CacheDirectory[],
  owner: Owner,
  sharing: Sharing = 'all users',
): Place[] {
  const { uid, gid } = owner
  const root: Place = {
    cache: null,
    path: '',
    kind: 'directory',
    mode: 0o750,
    uid,
    gid: owner.rootGid,
    open: false,
    content: '',
  }
  const shared = (cache: string, path: string): Place => ({
    cache,
    path,
    kind: 'directory',
    mode: 0o777,
    uid,
    gid,
    open: sharing === 'all users',
    content: '',
  })
  const file = (cache: string, path: string, mode: number, content: string): Place => ({
    ...shared(cache, path),
    kind: 'file',
    mode,
    open: false,
    content,
  })
  return eachOnce([
    root,
    ...groupsOf(directories).map((path) => ({ ...root, path, mode: 0o755, gid })),
    ...directories.flatMap(({ name, directory, mounts, links }) => [
      ...(links === null
        ? []
        : directoriesAround(directory, links).map((path) => shared(name, path))),
      shared(name, directory),
      ...(links === null ? [file(name, `${directory}/${TAG}`, 0o644, TAG_CONTENT)] : []),
      ...(links === null ? ownIn(name, sharing) : []).map((own) => ({
        ...file(name, `${directory}/${own}`, 0o777, OWN_DIRECTORY),
        kind: 'link' as const,
      })),
      ...(links ?? []).map((link) => ({
        ...file(name, `${directory}/${link}`, 0o777, `../${link}`),
        kind: 'link' as const,
      })),
      ...mounts
        .filter(({ path }) => path !== '')
        .map(({ path, kind }) =>
          kind === 'directory'
            ? shared(name, `${directory}/${path}`)
            : file(name, `${directory}/${path}`, 0o666, ''),
        ),
    ]),
  ])
}

/** Names in a cache that each container has for itself. */
function ownIn(cache: string, sharing: Sharing): readonly string[] {
  return sharing === 'all users' ? (findCache(cache)?.ownInContainers ?? []) : []
}

/** The first place of each path: the directory of a system needs its cache, which may be named too. */
function eachOnce(places: readonly Place[]): Place[] {
  const paths = new Set<string>()
  return places.filter(({ path }) => !paths.has(path) && paths.add(path))
}
