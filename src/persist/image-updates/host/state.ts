import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  lstatSync,
  opendirSync,
  openSync,
  readSync,
  readlinkSync,
  type BigIntStats,
} from 'node:fs'
import { KnownError } from '../../../foundation/core/errors'
import {
  type DirectoryWalker,
  at,
  bytesOf,
  codeOf,
  withName,
} from '../../../foundation/files/walker'
import type { State } from '../core/step'

/** What is at a name, and what changes when it is replaced or written. */
export interface Found {
  readonly state: State
  readonly identity: string
}

const CHUNK = 1 << 20
/** More names than this are not counted. */
const MOST_NAMES = 1_000_000

/** The path of an open file of this process, which leads to the file itself, even if it is a link. */
export const opened = (fd: number) => `/proc/self/fd/${fd}`

function identityOf(stats: BigIntStats): string {
  return [stats.dev, stats.ino, stats.mode, stats.size, stats.mtimeNs, stats.ctimeNs].join(':')
}

/** SHA-256 of at most `size` bytes of a regular file that was opened with O_PATH. */
function hashOf(fd: number, size: number): string {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK, size + 1))
  const file = openSync(opened(fd), constants.O_RDONLY)
  try {
    let left = size
    while (left > 0) {
      const read = readSync(file, buffer, 0, Math.min(left, buffer.length), null)
      if (read === 0) break
      hash.update(buffer.subarray(0, read))
      left -= read
    }
  } finally {
    closeSync(file)
  }
  return hash.digest('hex')
}

function countNames(fd: number): number {
  const directory = opendirSync(`${opened(fd)}/.`)
  try {
    let count = 0
    while (count < MOST_NAMES && directory.readSync()) count += 1
    return count
  } finally {
    directory.closeSync()
  }
}

/** The target of a link that was opened with these stats; null if another one has its name by now. */
function targetOf(parent: number, name: string, stats: BigIntStats): string | null {
  try {
    // The system has no way to read the target of an open link that Node could use.
    const target = readlinkSync(at(parent, bytesOf(name)), 'latin1')
    return identityAt(parent, name) === identityOf(stats) ? target : null
  } catch (error) {
    if (codeOf(error) === 'EINVAL' || isNothing(error)) return null
    throw error
  }
}

/** A name in an open directory. */
export type Place = readonly [parent: number, name: string]

/**
 * The state of a file, directory or link that was opened with O_PATH. A file larger than `largest` bytes
 * is not read; pipes and devices are never opened.
 */
export function stateOf(
  [parent, name]: Place,
  fd: number,
  stats: BigIntStats,
  largest: number,
): State {
  const size = Number(stats.size)
  const common = {
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mode: Number(stats.mode & 0o7777n),
    names: 0,
  }
  if (stats.isFile()) {
    return { type: 'file', hash: size > largest ? '' : hashOf(fd, size), ...common, size }
  }
  if (stats.isDirectory()) {
    return { type: 'directory', hash: '', ...common, size: 0, names: countNames(fd) }
  }
  const target = stats.isSymbolicLink() ? targetOf(parent, name, stats) : null
  if (target !== null) return { type: 'link', hash: target, ...common, mode: 0o777, size: 0 }
  return { type: 'other', hash: '', ...common, size: 0 }
}

/** Whether an error says that nothing is there: the name is missing, or cannot exist. */
export function isNothing(error: unknown): boolean {
  return ['ENOENT', 'ENAMETOOLONG'].includes(codeOf(error) ?? '')
}

/** What is at a name in an open directory; null for nothing. */
export function findAt([parent, name]: Place, largest: number): Found | null {
  try {
    return withName(parent, bytesOf(name), (fd, stats) => ({
      state: stateOf([parent, name], fd, stats, largest),
      identity: identityOf(stats),
    }))
  } catch (error) {
    if (isNothing(error)) return null
    throw error
  }
}

/** What changes when something is replaced or written; null for nothing. */
export function identityAt(parent: number, name: string): string | null {
  const stats = lstatSync(at(parent, bytesOf(name)), { bigint: true, throwIfNoEntry: false })
  return stats ? identityOf(stats) : null
}

/**
 * The open parent directory of a path in a volume and its last name; null if a part of it is missing, or
 * is not a directory. The path '' is the name `.` in the volume.
 */
export function parentIn(walker: DirectoryWalker, path: string): Place | null {
  if (path === '') return [walker.to([]), '.']
  try {
    return walker.toParent(path)
  } catch (error) {
    // openDirectory throws KnownError for a link or a file.
    if (isNothing(error) || error instanceof KnownError) return null
    throw error
  }
}

/** What is at a path of a volume; null for nothing. */
export function findIn(walker: DirectoryWalker, path: string, largest: number): Found | null {
  const place = parentIn(walker, path)
  return place && findAt(place, largest)
}
