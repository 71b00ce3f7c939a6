import { closeSync, lstatSync, readdirSync, renameSync, rmdirSync } from 'node:fs'
import { fchmodSync, fchownSync, fstatSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { KnownError } from '../../../foundation/core/errors'
import { measure, readEntries } from '../../../foundation/files/find'
import {
  at,
  codeOf,
  freshName,
  openDirectory,
  openPath,
  seenByOthers,
} from '../../../foundation/files/walker'
import { call } from '../../../foundation/process/call'
import { type LimitState } from '../../limits/core/limit'
import { type Storage, makeLimitable, readLimit, setLimit } from '../../limits/host/limit'
import type { User } from '../core/volume'
import type { Directory } from '../core/plan'

/**
 * The directories of volumes, for the root helper. Containers can change what is inside them at any
 * moment: every step goes from an open directory to one name, and the programs that walk below them (GNU
 * chown, rm, find) follow no link.
 */

/** Dokku's storage, from the plugin's data directory beside it. */
export function storageRoot(dataDirectory: string): string {
  return join(dirname(dataDirectory), 'storage')
}

/** Where a volume is filled before it gets its name: a killed run leaves no half-filled volume. */
export function fillingName(entry: string): string {
  return `.filling-${entry}`
}

const TRASH = '.trash-'

/** Calls a function with the open storage directory. */
export async function inStorage<T>(
  dataDirectory: string,
  use: (storage: number, whole: Storage) => Promise<T> | T,
): Promise<T> {
  const path = storageRoot(dataDirectory)
  const storage = openPath(path)
  try {
    return await use(storage, { fd: storage, path })
  } finally {
    closeSync(storage)
  }
}

export async function inDirectory<T>(
  parent: number,
  name: string,
  use: (directory: number) => Promise<T> | T,
): Promise<T> {
  const directory = openDirectory(parent, name)
  try {
    return await use(directory)
  } finally {
    closeSync(directory)
  }
}

/** Runs a program of coreutils in an open directory. Throws KnownError with its last line. */
async function run(directory: number, program: string, ...args: readonly string[]): Promise<void> {
  const { exit, stderr } = await call(program, args, { cwd: seenByOthers(directory) })
  if (exit === 0) return
  const said = stderr.trim().split('\n').at(-1) ?? ''
  throw new KnownError(said || `${program} failed`, {
    hint: 'See `dmesg` and `df -h`, then run this again: it continues.',
  })
}

function remove(storage: number, name: string): Promise<void> {
  return run(storage, 'rm', '-rf', '--one-file-system', '--', name)
}

/** What exists of a volume's directory; null if it is missing. */
export function inspectDirectory(dataDirectory: string, entry: string): Promise<Directory | null> {
  return inStorage(dataDirectory, async (storage) => {
    try {
      return await inDirectory(storage, entry, (directory) => {
        const { uid, gid, mode } = fstatSync(directory)
        const isEmpty = readdirSync(at(directory, '.')).length === 0
        return { uid, gid, mode: `0${(mode & 0o7777).toString(8).padStart(3, '0')}`, isEmpty }
      })
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
  })
}

/**
 * Gives a directory and everything in it to a user, and a mode to the directory alone. The content comes
 * first: after a kill the directory itself still has its old owner, and the next run starts again.
 */
async function own(directory: number, owner: User | null, mode: string | null): Promise<void> {
  if (owner) {
    await run(directory, 'chown', '-RPh', '--', `${owner.uid}:${owner.gid}`, '.')
    fchownSync(directory, owner.uid, owner.gid)
  }
  if (mode !== null) fchmodSync(directory, parseInt(mode, 8))
}

/** Makes the directory of a volume if it is missing, and changes its owner and mode. */
export function makeDirectory(
  dataDirectory: string,
  entry: string,
  owner: User | null,
  mode: string | null,
): Promise<void> {
  return inStorage(dataDirectory, async (storage, whole) => {
    await makeLimitable(whole, entry, entry)
    await inDirectory(storage, entry, (directory) => own(directory, owner, mode))
  })
}

/** Makes an empty directory to fill a volume in. What an earlier run left there is removed. */
export function beginFilling(dataDirectory: string, entry: string): Promise<void> {
  return inStorage(dataDirectory, async (storage, whole) => {
    const name = fillingName(entry)
    await remove(storage, name)
    await makeLimitable(whole, name, entry)
  })
}

/** Whether a directory could be renamed to a name that is free, or that of an empty directory. */
function replaceEmpty(storage: number, name: string, to: string): boolean {
  const isFull = (error: unknown) => ['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')
  const rename = () => renameSync(at(storage, name), at(storage, to))
  try {
    rename()
    return true
  } catch (error) {
    if (!isFull(error)) throw error
  }
  try {
    // btrfs replaces no subvolume, not even an empty one. rmdir removes nothing that has files.
    rmdirSync(at(storage, to))
    rename()
    return true
  } catch (error) {
    if (!isFull(error)) throw error
    return false
  }
}

/**
 * Puts the filled directory in place of an empty or missing one. False if the volume has files by now: it
 * is then left as it is.
 */
export function endFilling(
  dataDirectory: string,
  entry: string,
  owner: User | null,
  mode: string | null,
): Promise<boolean> {
  return inStorage(dataDirectory, async (storage) => {
    const name = fillingName(entry)
    await inDirectory(storage, name, (directory) => own(directory, owner, mode))
    if (replaceEmpty(storage, name, entry)) return true
    await remove(storage, name)
    return false
  })
}

/**
 * Deletes the directory of a volume with its data. What killed runs left of others goes too, where it can
 * be deleted: a mount or a subvolume in it may prevent that.
 */
export function destroyDirectory(dataDirectory: string, entry: string): Promise<void> {
  return inStorage(dataDirectory, async (storage) => {
    const left = readdirSync(at(storage, '.')).filter((name) => name.startsWith(TRASH))
    if (lstatSync(at(storage, entry), { throwIfNoEntry: false })) {
      const own = freshName(TRASH)
      renameSync(at(storage, entry), at(storage, own))
      await remove(storage, own)
    }
    for (const name of left) await remove(storage, name).catch(ignoreKnown)
  })
}

function ignoreKnown(error: unknown): void {
  if (!(error instanceof KnownError)) throw error
}

/** The limit of a volume's directory, or why it cannot have one. */
export function inspectLimit(dataDirectory: string, entry: string): Promise<LimitState> {
  return inStorage(dataDirectory, (_, whole) => readLimit(whole, entry))
}

/** Sets the limit of a volume's directory in bytes; null for none. Throws KnownError if it cannot. */
export function limitDirectory(
  dataDirectory: string,
  entry: string,
  bytes: number | null,
): Promise<void> {
  return inStorage(dataDirectory, (_, whole) => setLimit(whole, entry, bytes))
}

/** What is in a volume: bytes on the disk and files, a file with several names once. */
export interface Size {
  readonly bytes: number
  readonly files: number
  /** False if something could not be read. */
  readonly complete: boolean
}

/** Measures an open directory. Walks all of it. */
export async function measureOpen(directory: number): Promise<Size> {
  let [bytes, files] = [0, 0]
  const shared = new Set<string>()
  const add = readEntries((each) => {
    if (each.type !== 'directory' && each.links > 1) {
      if (shared.has(each.inode)) return
      shared.add(each.inode)
    }
    bytes += each.bytes
    if (each.type !== 'directory') files += 1
  })
  const complete = await measure(directory, add)
  return { bytes, files, complete }
}

/**
 * Calls a function with the open directory of a volume. Throws KnownError if that is missing, or a link.
 */
export function inVolume<T>(
  dataDirectory: string,
  entry: string,
  use: (directory: number) => Promise<T>,
): Promise<T> {
  return inStorage(dataDirectory, async (storage) => {
    if (!lstatSync(at(storage, entry), { throwIfNoEntry: false })) {
      throw new KnownError(`The directory of the volume ${entry} is missing`, {
        hint: 'Add the volume again, with the same path, to make it: dokku persist:add APP PATH',
      })
    }
    return inDirectory(storage, entry, use)
  })
}

/** Measures a volume. Walks all of it. */
export function measureDirectory(dataDirectory: string, entry: string): Promise<Size> {
  return inVolume(dataDirectory, entry, measureOpen)
}
