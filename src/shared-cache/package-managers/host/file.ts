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

/** Bytes that are read at once, and the most of a file that is kept in memory as a whole. */
export const CHUNK = 1 << 20
export const MOST = 32 << 20

/** Nothing that a tool keeps is as large; a file with a hole may be any size. */
const LARGEST = 16 * 2 ** 30

/** Said of a thing whose check found it damaged. Not a defect, and not for a person as it is. */
export class Damaged extends Error {}

/** Said of a thing that nothing proves. */
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

/** What was read so far, for the rate. */
export const read = { bytes: 0 }

/**
 * Runs something with a file of an open directory open for reading. What it is is looked at first, by
 * a descriptor that opens nothing: a pipe would wait, and to open a device may do something. Throws
 * Damaged for anything but a file, and Unprovable for one of absurd size.
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

/** Runs something with a directory of an open directory open. Throws like `openDirectory`. */
export function withDirectory<T>(parent: number, name: string, use: (directory: number) => T): T {
  const directory = openDirectory(parent, name)
  try {
    return use(directory)
  } finally {
    closeSync(directory)
  }
}

/** The file's bytes from a place on; fewer where it ends. The buffer is only good until the next. */
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

/** All of a file. Throws Unprovable where it is larger than anything that is read as a whole. */
export function readWhole(file: OpenFile): Buffer {
  if (file.size > MOST) throw new Unprovable('too large')
  return readAt(file, Buffer.allocUnsafe(file.size), 0)
}

/** The step that removes what is at a path; undefined where nothing is that can be reached. */
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
