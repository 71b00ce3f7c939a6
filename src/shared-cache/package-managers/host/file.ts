import { closeSync, constants, lstatSync, openSync, readSync } from 'node:fs'
import type { RemovalStep } from '../core/steps'
import { removal } from '../core/task'
import {
  at,
  isRefusal,
  openDirectory,
  withName,
  type DirectoryWalker,
} from '../../../foundation/files/walker'

/** Bytes per read, and the size of the largest file that is read as a whole. */
export const CHUNK = 1 << 20
export const MOST = 32 << 20

/** Larger than any file of a tool. A sparse file may have any size. */
const LARGEST = 16 * 2 ** 30

/** A check found damage. Not a defect of this program; the message is only part of a report. */
export class Damaged extends Error {}

/** There is no checksum to check against. */
export class Unprovable extends Error {}

/** A file in a cache that is open for reading. */
export interface OpenFile {
  readonly fd: number
  readonly size: number
}

/** A part of a file. */
export interface Part {
  readonly file: OpenFile
  readonly from: number
  readonly length: number
}

export function wholeOf(file: OpenFile): Part {
  return { file, from: 0, length: file.size }
}

/** Bytes read so far, for the rate. */
export const read = { bytes: 0 }

/**
 * Calls a function with a file of an open directory, opened for reading. A descriptor with O_PATH
 * checks the type first: opening a pipe would block, and opening a device may have effects. Throws
 * Damaged for anything but a file, and Unprovable for a file that is too large.
 */
export function withFile<T>(parent: number, name: string, use: (file: OpenFile) => T): T {
  return withName(parent, name, (held, stats) => {
    if (!stats.isFile()) throw new Damaged('not a file')
    if (stats.size > LARGEST) throw new Unprovable('too large')
    const flags = constants.O_RDONLY | constants.O_NONBLOCK
    const fd = openSync(`/proc/self/fd/${held}`, flags)
    const close = () => closeSync(fd)
    let result: T
    try {
      result = use({ fd, size: Number(stats.size) })
    } catch (error) {
      close()
      throw error
    }
    if (!(result instanceof Promise)) {
      close()
      return result
    }
    return result.finally(close) as T
  })
}

/** Calls a function with an open subdirectory of an open directory. Throws like `openDirectory`. */
export function withDirectory<T>(parent: number, name: string, use: (directory: number) => T): T {
  const directory = openDirectory(parent, name)
  try {
    return use(directory)
  } finally {
    closeSync(directory)
  }
}

/** Reads bytes at a position; fewer at the end of the file. The result is valid until the next read. */
export function readAt({ fd }: OpenFile, buffer: Buffer, position: number): Buffer {
  let filled = 0
  while (filled < buffer.length) {
    const got = readSync(fd, buffer, filled, buffer.length - filled, position + filled)
    if (got === 0) break
    filled += got
  }
  read.bytes += filled
  return buffer.subarray(0, filled)
}

/** Reads a whole file. Throws Unprovable if it is larger than MOST. */
export function readWhole(file: OpenFile): Buffer {
  if (file.size > MOST) throw new Unprovable('too large')
  return readAt(file, Buffer.allocUnsafe(file.size), 0)
}

/** The step that removes the entry at a path; undefined if there is none that can be reached. */
export function stepFor(way: DirectoryWalker, path: string): RemovalStep | undefined {
  try {
    const stats = lstatSync(at(...way.toParent(path)), { bigint: true })
    const type = stats.isDirectory() ? 'directory' : 'file'
    return removal({ type, path, identity: `${stats.ino}:${stats.mtimeNs}` })
  } catch (error) {
    if (isRefusal(error)) return undefined
    throw error
  }
}
