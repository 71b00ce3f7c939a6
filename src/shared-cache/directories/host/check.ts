import { closeSync } from 'node:fs'
import type { Owner } from '../../../foundation/core/owner'
import {
  ACL_PACKAGE,
  hostWithoutAcls,
  placesOf,
  problemsAt,
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

/** The problems of the directories of some caches below a root. Changes nothing. */
export async function checkPlaces(
  root: string,
  caches: readonly CacheDirectory[],
  owner: Owner,
  sharing: Sharing = 'all users',
): Promise<CacheProblem[]> {
  const places = placesOf(caches, owner, sharing)
  const top = openToCheck(root)
  if (top === undefined) return places.flatMap((place) => problems(place, [MISSING]))
  if (typeof top !== 'number') return [{ cache: null, path: '', ...top }]
  try {
    const acls = aclsOf(top, places)
    const shared = sharing === 'all users' ? caches : []
    const inside = shared.map((cache) => checkInside(top, cache))
    const isUnknown = [...acls.values()].includes('unknown')
    return [
      ...(isUnknown ? [hostWithoutAcls(ACL_PACKAGE)] : []),
      ...places.flatMap((place) => problems(place, checkPlace(top, place, acls.get(place.path)))),
      ...(await Promise.all(inside)).flat(),
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
      withName(parent, name, (_fd, stats) => ({
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
        acl,
      })),
    )
    return problemsAt(place, found)
  } catch (error) {
    if (codeOf(error) !== 'EACCES') throw error
    return [CLOSED]
  }
}

/** Default ACLs by path, of the directories that can be opened. */
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
