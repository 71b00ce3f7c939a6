import {
  chmodSync,
  chownSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { KnownError } from '../../../foundation/core/errors'
import type { Owner } from '../../../foundation/core/owner'
import {
  placesOf,
  refuseObstacles,
  type CacheProblem,
  type Place,
  type CacheDirectory,
} from '../core/requirements'
import { openToAll } from './acl'
import { checkPlaces } from './check'
import { isThere, markForOpening, openUp } from './open-up'
import { toKnownError } from '../../../foundation/process/system-error'
import {
  at,
  codeOf,
  openDirectory,
  openIfThere,
  TO_NEW_FILE,
  DirectoryWalker,
  withName,
} from '../../../foundation/files/walker'

/** What making the caches changed, and what it could not mend. */
export interface Made {
  readonly changed: readonly CacheProblem[]
  readonly remaining: readonly CacheProblem[]
}

/**
 * Makes the directories of some caches below a root as they have to be, and changes only what is
 * not. Throws KnownError, before anything is changed, where something else than a directory or a
 * file is in the way. `progress` counts entries when the content of a cache has to be opened up; with
 * null that is left to the next setup, for it may take minutes and a deploy waits.
 */
export async function makePlaces(
  root: string,
  caches: readonly CacheDirectory[],
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
      if (unmended) {
        remaining.push({ cache: place.cache, path: place.path, kind: 'acl', problem: unmended })
      }
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
  const way = new DirectoryWalker(top)
  try {
    const [parent, name] = way.toParent(place.path || '.')
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
  const fd = openSync(at(parent, name), TO_NEW_FILE, mode)
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
  cache: CacheDirectory,
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
