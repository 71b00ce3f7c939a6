import {
  chmodSync,
  chownSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { KnownError } from '../../../foundation/core/errors'
import type { Owner } from '../../../foundation/core/owner'
import { placesOf, type Place, type CacheDirectory, type Sharing } from '../core/places'
import { hostWithoutAcls, isFixable, refuseObstacles, type CacheProblem } from '../core/problems'
import { openToAll } from './acl'
import { checkPlaces } from './check'
import { isThere, markForOpening, openUp } from './open-up'
import { TRASH } from './remove'
import { OWN_DIRECTORY } from '../../catalogue/core/catalogue'
import { isNpxUsed } from '../../package-managers/npm/host/processes'
import { toKnownError } from '../../../foundation/process/system-error'
import {
  at,
  codeOf,
  freshName,
  openDirectory,
  openIfThere,
  TO_NEW_FILE,
  DirectoryWalker,
  withName,
} from '../../../foundation/files/walker'

/** What changed when the cache directories were made, and what could not be fixed. */
export interface Made {
  readonly changed: readonly CacheProblem[]
  readonly remaining: readonly CacheProblem[]
}

export interface MakeOptions {
  readonly sharing?: Sharing
  /** Directories of caches whose content is known to be closed: a search may not come to it again. */
  readonly closed?: readonly string[]
}

/**
 * Makes and fixes the directories of some caches below a root, and changes nothing else. Throws
 * KnownError before any change if a link or a file of another kind has the path of one. `progress`
 * receives the number of entries while the content of a cache is opened to all users. With null this is
 * left to the next setup: it may take minutes, and a deploy would wait.
 */
export async function makePlaces(
  root: string,
  caches: readonly CacheDirectory[],
  owner: Owner,
  progress: ((cache: string, done: number) => void) | null,
  { sharing = 'all users', closed: known = [] }: MakeOptions = {},
): Promise<Made> {
  const found = checkPlaces(root, caches, owner, { sharing, inside: progress !== null })
  const { planned, busy } = leaveBusy(root, found)
  const places = placesOf(caches, owner, sharing)
  refuseObstacles(root, planned)
  const refused: CacheProblem[] = []
  const top = openOrMake(root)
  try {
    // New directories are made open.
    const existing = caches.filter((one) => isThere(top, one.directory))
    const closed = existing.filter(
      (cache) => known.includes(cache.directory) || needsOpening(cache, places, planned, sharing),
    )
    for (const { directory } of closed) await inDirectory(root, top, directory, markForOpening)
    for (const place of places) {
      if (!planned.some(({ path }) => path === place.path)) continue
      const { cache, path } = place
      const problem = makePlace(root, top, place)
      if (problem) refused.push({ cache, path, kind: 'acl', problem })
    }
    for (const { name, directory } of progress ? closed : []) {
      await inDirectory(root, top, directory, (fd) => openUp(fd, (done) => progress?.(name, done)))
    }
  } finally {
    closeSync(top)
  }
  const isFixed = (problem: CacheProblem) =>
    isFixable(problem) &&
    (problem.kind !== 'acl' || !refused.some(({ path }) => path === problem.path))
  const unfixable = planned.filter((problem) => !isFixable(problem))
  return {
    changed: planned.filter(isFixed),
    remaining: [...mergeRefused(unfixable, refused), ...busy],
  }
}

/** Takes out what cannot change now: a directory that programs run from. */
function leaveBusy(root: string, found: readonly CacheProblem[]) {
  const problem =
    'programs that npx installed there are running; run setup again when they have ended'
  const isBusy = ({ kind, path }: CacheProblem) =>
    kind === 'shared by systems' && isNpxUsed(`${root}/${path}`)
  const busy = found.filter(isBusy)
  return {
    planned: found.filter((one) => !busy.includes(one)),
    busy: busy.map((one) => ({ ...one, problem })),
  }
}

/** Merges problems: one for a cause that several directories have, otherwise one per directory. */
function mergeRefused(
  unfixable: readonly CacheProblem[],
  refused: readonly CacheProblem[],
): readonly CacheProblem[] {
  const count = (text: string) => refused.filter(({ problem }) => problem === text).length
  const texts = [...unfixable, ...refused].map(({ problem }) => problem)
  const isOfHost = (text: string) =>
    count(text) > 1 || unfixable.some(({ problem }) => problem === text)
  const ofHost = [...new Set(texts.filter(isOfHost))]
  return [
    ...ofHost.map(hostWithoutAcls),
    ...refused.filter(({ problem }) => !ofHost.includes(problem)),
  ]
}

/** Opens a directory by its absolute path like `openPath`, and makes missing parents. */
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

/** Makes or fixes one place. Returns what could not be fixed. */
function makePlace(root: string, top: number, place: Place): string | undefined {
  const walker = new DirectoryWalker(top)
  try {
    const [parent, name] = walker.toParent(place.path || '.')
    makeIfMissing(parent, name, place)
    return place.kind === 'link' ? undefined : setRights(parent, name, place)
  } catch (error) {
    throw toKnownError(error, place.path === '' ? root : `${root}/${place.path}`)
  } finally {
    walker.close()
  }
}

function setRights(parent: number, name: string, place: Place): string | undefined {
  return withName(parent, name, (fd, stats) => {
    if (place.kind === 'directory' ? !stats.isDirectory() : !stats.isFile()) {
      throw new KnownError(`${place.path} was replaced while setup ran`, {
        hint: 'Run setup again.',
      })
    }
    if (place.content !== '') return undefined
    const path = `/proc/self/fd/${fd}`
    if (Number(stats.uid) !== place.uid || Number(stats.gid) !== place.gid) {
      chownSync(path, place.uid, place.gid)
    }
    const problem = place.open ? openToAll([fd], false) : undefined
    // After the owner and the ACL: both change the mode.
    chmodSync(path, place.mode)
    return problem
  })
}

function makeIfMissing(parent: number, name: string, place: Place): void {
  try {
    if (place.kind === 'directory') mkdirSync(at(parent, name), { mode: 0o700 })
    else if (place.kind === 'link') makeLink(parent, name, place.content)
    else makeFile(parent, name, place)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** Makes a link. A directory in place of one to a container's own directory is renamed for deletion. */
function makeLink(parent: number, name: string, target: string): void {
  const stats = lstatSync(at(parent, name), { throwIfNoEntry: false })
  if (target === OWN_DIRECTORY && stats?.isDirectory()) {
    renameSync(at(parent, name), at(parent, freshName(TRASH)))
  } else if (target === OWN_DIRECTORY && stats && !stats.isSymbolicLink()) {
    unlinkSync(at(parent, name))
  }
  symlinkSync(target, at(parent, name))
}

/** Makes a file; one that a full disk or a kill left empty is made again. Tools write into theirs. */
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

/** Whether content of a cache may be closed: its directories were, or some inside are. */
function needsOpening(
  cache: CacheDirectory,
  places: readonly Place[],
  planned: readonly CacheProblem[],
  sharing: Sharing,
): boolean {
  const directories = places.filter((place) => place.cache === cache.name && place.open)
  return planned.some(
    ({ kind, path }) =>
      (kind === 'closed inside' && path === cache.directory) ||
      (sharing === 'all users' &&
        (kind === 'mode' || kind === 'acl') &&
        directories.some((place) => place.path === path)),
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
