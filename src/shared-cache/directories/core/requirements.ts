import type { Owner } from '../../../foundation/core/owner'
import type { CacheSpec } from '../../catalogue/core/catalogue'
import { KnownError } from '../../../foundation/core/errors'
import { GROUPS, rootOf, splitName } from '../../catalogue/core/group'
import { SHARED_MOUNTS } from '../../catalogue/core/cache-mounts'
import { isInnerDirectory } from '../../catalogue/core/system'

/**
 * What the caches' directories have to be like for many users to share them, and what is wrong with
 * those that are there. Sources of the rules: several users at once through pip, npm and cargo.
 *
 * - The root's own mode keeps other users of the host out; bind mounts pass it by.
 * - A cache is 0777 without the sticky bit (renaming over another user's file would fail), and has a
 *   default ACL, because directories that tools make below it follow their umask otherwise.
 * - Its owner is root: pip run by root ignores a cache of anybody else.
 */

/** One directory or file that has to be there. */
export interface Place {
  /** The cache it belongs to; null for the root of all. */
  readonly cache: string | null
  /** Relative to the root; '' is the root itself. */
  readonly path: string
  readonly kind: 'directory' | 'file' | 'link'
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Whether what is made inside has to be open to all. */
  readonly open: boolean
  /** Text that a file is made with, or where a link leads to. */
  readonly content: string
}

/** What is at a place now; undefined for nothing. */
export interface Found {
  readonly kind: 'directory' | 'file' | 'link' | 'other'
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly isEmpty: boolean
  /** `unknown` where nothing can tell: no getfacl, or it failed. */
  readonly acl: 'open' | 'closed' | 'unknown'
}

export interface Problem {
  readonly kind:
    | 'missing'
    /** A link, or something else than what has to be there: never mended by the program. */
    | 'in the way'
    | 'owner'
    | 'mode'
    | 'acl'
    /** Directories inside keep other users out. */
    | 'closed inside'
    /** The user who looks may not. */
    | 'unreadable'
  /** What a person reads behind the path. */
  readonly problem: string
}

/** Something that is not as it has to be, or that was mended. */
export interface CacheProblem extends Problem {
  /** null for the root of all caches. */
  readonly cache: string | null
  /** Relative to the root; '' is the root itself. */
  readonly path: string
}

/** Tells programs that back up to leave a directory out: https://bford.info/cachedir/ */
export const TAG = 'CACHEDIR.TAG'
export const TAG_CONTENT = `Signature: 8a477f597d28d172789f06886806bc55
# A package cache that apps share; what is missing is downloaded again.
`

/** Marks a cache whose content is being opened up, so that the next run goes on after a kill. */
export const OPENING = '.shared-cache-opening'

/** A cache's directory, or the one of a system inside it. */
export interface CacheDirectory extends Pick<CacheSpec, 'name' | 'directory' | 'mounts'> {
  readonly group: string
  /** Names in a system's directory that lead to what all systems share; null for the cache itself. */
  readonly links: readonly string[] | null
}

/**
 * A cache by its name, with a group before it and a system behind it where there are such:
 * `private:pip@debian-12-amd64-glibc`. Undefined for anything else: these names are all that the root
 * helper takes.
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
 * What the directory of a system needs around it: the cache that it is in, and what its links lead
 * to, for pip keeps nothing at all behind a link that leads nowhere.
 */
function directoriesAround(directory: string, links: readonly string[]): readonly string[] {
  const cache = directory.slice(0, directory.lastIndexOf('/'))
  return [cache, ...links.map((link) => `${cache}/${link}`)]
}

/** The directory of cache mounts: each in it has an owner and a mode of its own. */
const MOUNTS: CacheDirectory = {
  name: SHARED_MOUNTS,
  group: '',
  directory: SHARED_MOUNTS,
  mounts: [],
  links: null,
}

/** What can be measured and pruned by a name: a room, or the directory of cache mounts. */
export function findStore(name: string): CacheDirectory | undefined {
  return name === SHARED_MOUNTS ? MOUNTS : findCacheDirectory(name)
}

/** What `findStore` finds for a name that is known to be one. Throws a defect otherwise. */
export function storeNamed(name: string): CacheDirectory {
  const store = findStore(name)
  if (!store) throw new Error(`no cache is called ${name}`)
  return store
}

/** What `findCacheDirectory` finds for a name that is known to be one. Throws a defect otherwise. */
export function cacheDirectoryNamed(name: string): CacheDirectory {
  const room = findCacheDirectory(name)
  if (!room) throw new Error(`no cache is called ${name}`)
  return room
}

/** Directories that hold the caches of groups; the root's mode keeps others out of them as well. */
function groupsOf(rooms: readonly CacheDirectory[]): readonly string[] {
  const groups = new Set(rooms.map(({ group }) => group).filter((group) => group !== ''))
  return groups.size === 0 ? [] : [GROUPS, ...[...groups].map((group) => `${GROUPS}/${group}`)]
}

/** Everything that has to be there for these caches, parents first. */
export function placesOf(rooms: readonly CacheDirectory[], owner: Owner): Place[] {
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
    open: true,
    content: '',
  })
  const file = (cache: string, path: string, mode: number, content: string): Place => ({
    ...shared(cache, path),
    kind: 'file',
    mode,
    open: false,
    content,
  })
  return [
    root,
    ...groupsOf(rooms).map((path) => ({ ...root, path, mode: 0o755, gid })),
    ...rooms.flatMap(({ name, directory, mounts, links }) => [
      ...(links === null
        ? []
        : directoriesAround(directory, links).map((path) => shared(name, path))),
      shared(name, directory),
      ...(links === null ? [file(name, `${directory}/${TAG}`, 0o644, TAG_CONTENT)] : []),
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
  ]
}

function octal(mode: number): string {
  return `0${mode.toString(8).padStart(3, '0')}`
}

/** What is wrong at a place; empty when nothing is. A tag may belong to anybody. */
export function problemsAt(place: Place, found: Found | undefined): Problem[] {
  if (!found) return [{ kind: 'missing', problem: 'missing' }]
  // Whatever stands where a link should be is the tool's own: it works without what is shared.
  if (place.kind === 'link') return []
  if (found.kind !== place.kind) {
    const problem = found.kind === 'link' ? 'a symbolic link' : `not a ${place.kind}`
    return [{ kind: 'in the way', problem }]
  }
  // A full disk or a kill kept its text away.
  if (place.content !== '') return found.isEmpty ? [{ kind: 'missing', problem: 'empty' }] : []
  return [...ownerProblem(place, found), ...modeProblem(place, found), ...aclProblem(place, found)]
}

function ownerProblem(place: Place, found: Found): Problem[] {
  if (found.uid === place.uid && found.gid === place.gid) return []
  const problem = `owner ${found.uid}:${found.gid} instead of ${place.uid}:${place.gid}`
  return [{ kind: 'owner', problem }]
}

function modeProblem(place: Place, found: Found): Problem[] {
  if (found.mode === place.mode) return []
  return [{ kind: 'mode', problem: `mode ${octal(found.mode)} instead of ${octal(place.mode)}` }]
}

function aclProblem(place: Place, found: Found): Problem[] {
  if (!place.open || found.acl === 'open') return []
  const problem =
    found.acl === 'closed'
      ? 'no default ACL that opens new directories to all users'
      : 'its default ACL cannot be read: install the package acl'
  return [{ kind: 'acl', problem }]
}

/** Throws KnownError where a link, or something else than what has to be there, is in the way. */
export function refuseObstacles(root: string, problems: readonly CacheProblem[]): void {
  for (const { kind, path, problem } of problems) {
    if (kind !== 'in the way') continue
    throw new KnownError(path === '' ? problem : `${root}/${path} is ${problem}`, {
      hint: 'Take it away: the next setup makes what has to be there.',
    })
  }
}
