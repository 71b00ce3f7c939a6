import { accessSync, closeSync, constants } from 'node:fs'
import type { Owner } from '../../../foundation/core/owner'
import { placesOf, type Place, type CacheDirectory, type Sharing } from '../core/places'
import {
  ACL_PACKAGE,
  hostWithoutAcls,
  problemsAt,
  readOnlyOnce,
  type CacheProblem,
  type Found,
  type Problem,
} from '../core/problems'
import { KnownError } from '../../../foundation/core/errors'
import { readAcls } from './acl'
import { findClosed } from './closed'
import {
  codeOf,
  openDirectory,
  openIfThere,
  DirectoryWalker,
  withName,
} from '../../../foundation/files/walker'

const MISSING: Problem = { kind: 'missing', problem: 'missing' }
const CLOSED: Problem = { kind: 'unreadable', problem: 'this user may not read it' }

export interface CheckOptions {
  readonly sharing?: Sharing
  /** Whether the content of the caches is searched for closed directories too; else a few calls suffice. */
  readonly inside?: boolean
}

/** What is wrong with the directories of some caches below a root. Changes nothing. */
export function checkPlaces(
  root: string,
  caches: readonly CacheDirectory[],
  owner: Owner,
  { sharing = 'all users', inside: isWhole = true }: CheckOptions = {},
): CacheProblem[] {
  const places = placesOf(caches, owner, sharing)
  const top = openToCheck(root)
  if (top === undefined) return places.flatMap((place) => problems(place, [MISSING]))
  if (typeof top !== 'number') return [{ cache: null, path: '', ...top }]
  try {
    const acls = aclsOf(top, places)
    const isUnknown = [...acls.values()].includes('unknown')
    const found = places.flatMap((place) =>
      problems(place, checkPlace(top, place, acls.get(place.path))),
    )
    const names = new Set(caches.map(({ name }) => name))
    return [
      ...(isUnknown ? [hostWithoutAcls(ACL_PACKAGE)] : []),
      ...readOnlyOnce(found, names.size),
      ...(isWhole && sharing === 'all users'
        ? caches.flatMap((cache) => searchOne(top, cache, sharing).problems)
        : []),
    ]
  } finally {
    closeSync(top)
  }
}

function problems({ cache, path }: Place, found: readonly Problem[]): CacheProblem[] {
  return found.map((problem) => ({ cache, path, ...problem }))
}

/** Opens the root. Returns undefined if it is missing, and the problem if it cannot be opened. */
function openToCheck(root: string): number | undefined | Problem {
  try {
    return openIfThere(root)
  } catch (error) {
    if (error instanceof KnownError) return { kind: 'in the way', problem: error.message }
    if (codeOf(error) !== 'EACCES') throw error
    return CLOSED
  }
}

/** The problems at a place below an open root. All ACLs were read before, in one call. */
function checkPlace(top: number, place: Place, acl: Found['acl'] = 'closed'): readonly Problem[] {
  try {
    const found = atPlace(top, place.path, (parent, name) =>
      withName(parent, name, (fd, stats) => ({
        kind: stats.isDirectory()
          ? ('directory' as const)
          : stats.isFile()
            ? ('file' as const)
            : stats.isSymbolicLink()
              ? ('link' as const)
              : ('other' as const),
        mode: Number(stats.mode) & 0o7777,
        uid: Number(stats.uid),
        gid: Number(stats.gid),
        isEmpty: stats.size === 0n,
        access: stats.isSymbolicLink() ? 'writable' : accessTo(fd),
        acl,
      })),
    )
    return problemsAt(place, found)
  } catch (error) {
    if (codeOf(error) !== 'EACCES') throw error
    return [CLOSED]
  }
}

/** Whether this process may write an open file or directory. Root may, unless the disk refuses. */
function accessTo(fd: number): Found['access'] {
  try {
    accessSync(`/proc/self/fd/${fd}`, constants.W_OK)
    return 'writable'
  } catch (error) {
    const code = codeOf(error)
    return code === 'EROFS' ? 'read-only' : code === 'EPERM' ? 'immutable' : 'refused'
  }
}

/** Default ACLs of the directories that can be opened, by path. */
function aclsOf(top: number, places: readonly Place[]): Map<string, Found['acl']> {
  const open: { path: string; fd: number }[] = []
  try {
    for (const { path } of places.filter((place) => place.open)) {
      const fd = openAt(top, path)
      if (fd !== undefined) open.push({ path, fd })
    }
    const acls = readAcls(open.map(({ fd }) => fd))
    return new Map(open.map(({ path }, index) => [path, acls[index] ?? 'unknown']))
  } finally {
    for (const { fd } of open) closeSync(fd)
  }
}

/**
 * Inspects a place from its parent directory. Undefined if it is missing, or below something that is
 * not a directory: that is reported for the parent.
 */
function atPlace<T>(
  top: number,
  path: string,
  inspect: (parent: number, name: string) => T,
): T | undefined {
  const walker = new DirectoryWalker(top)
  try {
    return inspect(...walker.toParent(path || '.'))
  } catch (error) {
    if (error instanceof KnownError || codeOf(error) === 'ENOENT') return undefined
    throw error
  } finally {
    walker.close()
  }
}

/** Opens a directory; undefined if that fails. */
function openAt(top: number, path: string): number | undefined {
  try {
    return atPlace(top, path, openDirectory)
  } catch (error) {
    if (codeOf(error) === 'EACCES') return undefined
    throw error
  }
}

/** What a search of one cache for closed directories found, and where the next one has to begin. */
interface Searched {
  readonly problems: readonly CacheProblem[]
  /** '' where the search came to the end of the cache. */
  readonly stoppedAt: string
}

function searchOne(top: number, cache: CacheDirectory, sharing: Sharing, from = ''): Searched {
  const fd = openAt(top, cache.directory)
  if (fd === undefined) return { problems: [], stoppedAt: '' }
  try {
    const { closed, stoppedAt } = findClosed(fd, sharing, from)
    if (closed === null) return { problems: [], stoppedAt: stoppedAt ?? '' }
    const which = closed === '' ? '' : `, such as ${closed}`
    const problem = `directories inside are closed to other users${which}`
    const found = {
      cache: cache.name,
      path: cache.directory,
      kind: 'closed inside',
      problem,
    } as const
    return { problems: [found], stoppedAt: '' }
  } finally {
    closeSync(fd)
  }
}

/**
 * Searches the content of caches for directories that are closed to other users. One search reads a part
 * of a large cache; `from` has the places where the last ones stopped, by the directories of the caches.
 */
export function searchClosed(
  root: string,
  caches: readonly CacheDirectory[],
  sharing: Sharing,
  from: ReadonlyMap<string, string>,
): ReadonlyMap<string, Searched> {
  const top = openToCheck(root)
  if (typeof top !== 'number') return new Map()
  try {
    return new Map(
      caches.map((cache) => [
        cache.directory,
        searchOne(top, cache, sharing, from.get(cache.directory)),
      ]),
    )
  } finally {
    closeSync(top)
  }
}
