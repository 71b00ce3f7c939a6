import { accessSync, closeSync, constants } from 'node:fs'
import type { Owner } from '../../../foundation/core/owner'
import {
  ACL_PACKAGE,
  hostWithoutAcls,
  placesOf,
  problemsAt,
  readOnlyOnce,
  type CacheProblem,
  type Found,
  type Place,
  type Problem,
  type CacheDirectory,
  type Sharing,
} from '../core/requirements'
import { KnownError } from '../../../foundation/core/errors'
import { readAcls } from './acl'
import { hasClosedDirectories } from './open-up'
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
export async function checkPlaces(
  root: string,
  caches: readonly CacheDirectory[],
  owner: Owner,
  { sharing = 'all users', inside: isWhole = true }: CheckOptions = {},
): Promise<CacheProblem[]> {
  const places = placesOf(caches, owner, sharing)
  const top = openToCheck(root)
  if (top === undefined) return places.flatMap((place) => problems(place, [MISSING]))
  if (typeof top !== 'number') return [{ cache: null, path: '', ...top }]
  try {
    const acls = aclsOf(top, places)
    const shared = isWhole && sharing === 'all users' ? caches : []
    const inside = shared.map((cache) => checkInside(top, cache))
    const isUnknown = [...acls.values()].includes('unknown')
    const found = places.flatMap((place) =>
      problems(place, checkPlace(top, place, acls.get(place.path))),
    )
    const names = new Set(caches.map(({ name }) => name))
    return [
      ...(isUnknown ? [hostWithoutAcls(ACL_PACKAGE)] : []),
      ...readOnlyOnce(found, names.size),
      ...(await Promise.all(inside)).flat(),
    ]
  } finally {
    closeSync(top)
  }
}

function problems({ cache, path }: Place, found: readonly Problem[]): CacheProblem[] {
  return found.map((problem) => ({ cache, path, ...problem }))
}

/** The root, open; undefined if it is missing; the problem if it cannot be opened. */
function openToCheck(root: string): number | undefined | Problem {
  try {
    return openIfThere(root)
  } catch (error) {
    if (error instanceof KnownError) return { kind: 'in the way', problem: error.message }
    if (codeOf(error) !== 'EACCES') throw error
    return CLOSED
  }
}

/** What is wrong at a place below an open root. Its ACL was read together with all others. */
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
 * Inspects a place from the directory it is in. Undefined for a missing place, and for one below
 * something that is not a directory: this is reported for its parent.
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

/** A directory, open; undefined if it cannot be opened. */
function openAt(top: number, path: string): number | undefined {
  try {
    return atPlace(top, path, openDirectory)
  } catch (error) {
    if (codeOf(error) === 'EACCES') return undefined
    throw error
  }
}

async function checkInside(top: number, cache: CacheDirectory): Promise<CacheProblem[]> {
  const fd = openAt(top, cache.directory)
  if (fd === undefined) return []
  try {
    if (!(await hasClosedDirectories(fd))) return []
    const problem = 'directories inside are closed to other users'
    return [{ cache: cache.name, path: cache.directory, kind: 'closed inside', problem }]
  } finally {
    closeSync(fd)
  }
}
