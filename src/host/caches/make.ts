import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { KnownError } from '../../core/errors'
import {
  placesOf,
  refuseObstacles,
  problemsAt,
  type CacheProblem,
  type Found,
  type Owner,
  type Place,
  type Problem,
  type Room,
} from '../../core/apps/layout'
import { openToAll, readAcls } from './acl'
import { hasClosedDirectories, isThere, markForOpening, openUp } from './open-up'
import { toKnownError } from '../system-error'
import { at, codeOf, openDirectory, openPath, Way, withName } from './tree'

/** What making the caches changed, and what it could not mend. */
export interface Made {
  readonly changed: readonly CacheProblem[]
  readonly remaining: readonly CacheProblem[]
}

const MISSING: Problem = { kind: 'missing', problem: 'missing' }

/** What is wrong with the directories of some caches below a root. Changes nothing. */
export async function checkPlaces(
  root: string,
  caches: readonly Room[],
  owner: Owner,
): Promise<CacheProblem[]> {
  const places = placesOf(caches, owner)
  const top = openToCheck(root)
  if (top === undefined) return places.flatMap((place) => problems(place, [MISSING]))
  if (typeof top !== 'number') return [{ cache: null, path: '', ...top }]
  try {
    const found = inspect(top, places)
    const inside = caches.map((cache) => checkInside(top, cache))
    return [
      ...places.flatMap((place, index) => problems(place, problemsAt(place, found[index]))),
      ...(await Promise.all(inside)).flat(),
    ]
  } finally {
    closeSync(top)
  }
}

/**
 * Makes the directories of some caches below a root as they have to be, and changes only what is
 * not. Throws KnownError, before anything is changed, where something else than a directory or a
 * file is in the way. `progress` counts entries when the content of a cache has to be opened up; with
 * null that is left to the next setup, for it may take minutes and a deploy waits.
 */
export async function makePlaces(
  root: string,
  caches: readonly Room[],
  owner: Owner,
  progress: ((cache: string, done: number) => void) | null,
): Promise<Made> {
  const planned = await checkPlaces(root, caches, owner)
  const places = placesOf(caches, owner)
  refuseObstacles(root, planned)
  const remaining: CacheProblem[] = []
  const top = openOrMake(root)
  try {
    // What is not there yet is made open.
    const there = caches.filter(({ directory }) => isThere(top, directory))
    const closed = there.filter((cache) => needsOpening(cache, places, planned))
    for (const { directory } of closed) await inDirectory(root, top, directory, markForOpening)
    for (const place of places) {
      if (!planned.some(({ path }) => path === place.path)) continue
      const unmended = settle(root, top, place)
      if (unmended) remaining.push(...problems(place, [{ kind: 'acl', problem: unmended }]))
    }
    for (const { name, directory } of progress ? closed : []) {
      await inDirectory(root, top, directory, (fd) => openUp(fd, (done) => progress?.(name, done)))
    }
  } finally {
    closeSync(top)
  }
  const isMended = ({ kind, path }: CacheProblem) =>
    kind !== 'acl' || !remaining.some((other) => other.path === path)
  return { changed: planned.filter(isMended), remaining }
}

function problems({ cache, path }: Place, found: readonly Problem[]): CacheProblem[] {
  return found.map((problem) => ({ cache, path, ...problem }))
}

/** The root, open; undefined where it is missing, and the problem where it cannot be opened. */
function openToCheck(root: string): number | undefined | Problem {
  try {
    return openIfThere(root)
  } catch (error) {
    if (error instanceof KnownError) return { kind: 'in the way', problem: error.message }
    if (codeOf(error) !== 'EACCES') throw error
    return { kind: 'unreadable', problem: 'closed to the user who looks' }
  }
}

function openIfThere(root: string): number | undefined {
  try {
    return openPath(root)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** What is at each place below an open root; undefined for nothing. */
function inspect(top: number, places: readonly Place[]): (Found | undefined)[] {
  const acls = aclsOf(top, places)
  return places.map((place) => {
    const acl = acls.get(place.path) ?? 'unknown'
    return atPlace(top, place.path, (parent, name) =>
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
  })
}

function aclsOf(top: number, places: readonly Place[]): Map<string, Found['acl']> {
  const open: { path: string; fd: number }[] = []
  try {
    for (const { path } of places.filter((place) => place.open)) {
      const fd = atPlace(top, path, openDirectory)
      if (fd !== undefined) open.push({ path, fd })
    }
    const acls = readAcls(open.map(({ fd }) => fd))
    return new Map(open.map(({ path }, index) => [path, acls[index] ?? 'unknown']))
  } finally {
    for (const { fd } of open) closeSync(fd)
  }
}

/**
 * Looks at a place from the directory it is in. Gives back undefined where there is nothing; a place
 * below something that is no directory is nothing too, for that is the problem of its parent.
 */
function atPlace<T>(
  top: number,
  path: string,
  look: (parent: number, name: string) => T,
): T | undefined {
  const names = path === '' ? ['.'] : path.split('/')
  const name = names.pop() ?? '.'
  const way = new Way(top)
  try {
    return look(way.to(names), name)
  } catch (error) {
    if (error instanceof KnownError || codeOf(error) === 'ENOENT') return undefined
    throw error
  } finally {
    way.close()
  }
}

async function checkInside(top: number, cache: Room): Promise<CacheProblem[]> {
  const fd = atPlace(top, cache.directory, openDirectory)
  if (fd === undefined) return []
  try {
    if (!(await hasClosedDirectories(fd))) return []
    const problem = 'directories inside that are closed to other users'
    return [{ cache: cache.name, path: cache.directory, kind: 'closed inside', problem }]
  } finally {
    closeSync(fd)
  }
}

/** Opens a directory by its absolute path like `openPath`, and makes what is missing of it. */
function openOrMake(path: string): number {
  const found = openIfThere(path)
  if (found !== undefined) return found
  const names = path.split('/').filter((name) => name !== '')
  const name = names.pop() ?? '.'
  const parent = openOrMake(`/${names.join('/')}`)
  try {
    mkdirSync(at(parent, name), { mode: 0o755 })
    return openDirectory(parent, name, path)
  } catch (error) {
    throw toKnownError(error, path)
  } finally {
    closeSync(parent)
  }
}

/** Makes one place as it has to be. Gives back what could not be mended. */
function settle(root: string, top: number, place: Place): string | undefined {
  const names = place.path === '' ? ['.'] : place.path.split('/')
  const name = names.pop() ?? '.'
  const way = new Way(top)
  try {
    const parent = way.to(names)
    makeIfMissing(parent, name, place)
    return place.kind === 'link' ? undefined : settleRights(parent, name, place)
  } catch (error) {
    throw toKnownError(error, place.path === '' ? root : `${root}/${place.path}`)
  } finally {
    way.close()
  }
}

function settleRights(parent: number, name: string, place: Place): string | undefined {
  return withName(parent, name, (fd, stats) => {
    if (place.kind === 'directory' ? !stats.isDirectory() : !stats.isFile()) {
      throw new KnownError(`${place.path} was swapped for something else`)
    }
    if (place.content !== '') return undefined
    const path = `/proc/self/fd/${fd}`
    if (Number(stats.uid) !== place.uid || Number(stats.gid) !== place.gid) {
      chownSync(path, place.uid, place.gid)
    }
    const unmended = place.open ? openToAll([fd], false) : undefined
    // After the owner, which takes bits of the mode away, and the ACL.
    chmodSync(path, place.mode)
    return unmended
  })
}

function makeIfMissing(parent: number, name: string, place: Place): void {
  try {
    if (place.kind === 'directory') mkdirSync(at(parent, name), { mode: 0o700 })
    else if (place.kind === 'link') symlinkSync(place.content, at(parent, name))
    else makeFile(parent, name, place)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** A file whose text a full disk or a kill kept away is made again; tools write into theirs. */
function makeFile(parent: number, name: string, { mode, content }: Place): void {
  if (content !== '' && isEmptyFile(parent, name)) unlinkSync(at(parent, name))
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const fd = openSync(at(parent, name), flags, mode)
  try {
    writeFileSync(fd, content)
  } catch (error) {
    unlinkSync(at(parent, name))
    throw error
  } finally {
    closeSync(fd)
  }
}

function isEmptyFile(parent: number, name: string): boolean {
  const stats = lstatSync(at(parent, name), { throwIfNoEntry: false })
  return stats !== undefined && stats.isFile() && stats.size === 0
}

/** Whether what a cache holds may be closed: its own directories were, or some inside are. */
function needsOpening(
  cache: Room,
  places: readonly Place[],
  planned: readonly CacheProblem[],
): boolean {
  const directories = places.filter((place) => place.cache === cache.name && place.open)
  return planned.some(
    ({ kind, path }) =>
      (kind === 'closed inside' && path === cache.directory) ||
      ((kind === 'mode' || kind === 'acl') && directories.some((place) => place.path === path)),
  )
}

async function inDirectory(
  root: string,
  top: number,
  directory: string,
  use: (fd: number) => void | Promise<void>,
): Promise<void> {
  const fd = openDirectory(top, directory)
  try {
    await use(fd)
  } catch (error) {
    throw toKnownError(error, `${root}/${directory}`)
  } finally {
    closeSync(fd)
  }
}
