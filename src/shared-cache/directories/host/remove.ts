import {
  accessSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs'
import { availableParallelism } from 'node:os'
import type { RemovalStep } from '../../package-managers/core/steps'
import { KnownError } from '../../../foundation/core/errors'
import { toKnownError } from '../../../foundation/process/system-error'
import { inParallel } from '../../../foundation/process/parallel'
import { find, splitAtNul } from '../../../foundation/files/find'
import {
  at,
  codeOf,
  freshName,
  isRefusal,
  openDirectory,
  staysBelow,
  DirectoryWalker,
} from '../../../foundation/files/walker'

/** Prefix of the names of directories that will be deleted. */
export const TRASH = '.trash-'

/** Directories of a cache that are deleted in parallel. */
const WIDTH = availableParallelism()

/** More levels than any unit has. Limits how many directories are open at once. */
const DEEPEST = 100

/**
 * Deletes what find finds, and reports the freed bytes of each entry: a hard-linked file is freed with
 * its last name. `-links` makes find read an entry before it deletes it. Returns false if something
 * could not be deleted, and reports the reason to `refused`.
 */
function deleteFound(
  directory: number,
  tests: readonly string[],
  freed: (bytes: number) => void,
  refused: (why: string) => void,
  names?: readonly string[],
): Promise<boolean> {
  const format = '%y %b %n\\0'
  const expression = ['-depth', ...tests, '-links', '+0', '-delete', '-printf', format]
  const output = splitAtNul((record) => {
    const [type, blocks, links] = record.split(' ')
    freed(type === 'd' || links === '1' ? Number(blocks) * 512 : 0)
  })
  // Only the end of the line is the system's error. The path before it may have any name.
  const complain = (said: string) =>
    refused(/: ([A-Za-z /-]+)$/m.exec(said)?.[1] ?? 'for a reason that find does not say')
  return find(directory, expression, output, names, complain)
}

/** find tests for files at `aa/bb/REST` by their hash that were not used since a time, in milliseconds. */
function notUsedSince(before: number): readonly string[] {
  // The last nanosecond before that time: find matches files that are not newer.
  const last = before - 1
  const time = `@${Math.floor(last / 1000)}.${String(last % 1000).padStart(3, '0')}999999`
  return [
    ...['-mindepth', '2', '-maxdepth', '2', '-type', 'f'],
    ...['!', '-newermt', time, '!', '-newerat', time],
    ...['-regextype', 'posix-extended', '-regex', '[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]+'],
  ]
}

/** Applies removal steps in the open directory of one cache. */
export class Remover {
  /** The first error of the system; '' if none. */
  trouble = ''
  private readonly walker: DirectoryWalker
  /** Directories for deletion, emptied in parallel; undefined if the disk had no space to make one. */
  private readonly trash: (number | undefined)[] = []
  private count = 0

  constructor(
    private readonly root: number,
    private readonly freed: (bytes: number, isExpired?: boolean) => void,
  ) {
    this.walker = new DirectoryWalker(root)
  }

  /**
   * Applies one step. Returns false if nothing was removed: the entry has changed since the plan or no
   * longer exists, or the system refuses.
   */
  apply(step: RemovalStep): boolean {
    if (!staysBelow(step.path) || step.path.split('/').length > DEEPEST) return false
    try {
      const [parent, name] = this.walker.toParent(step.path)
      if (step.action === 'tidy') return tidy(parent, name)
      return step.action === 'unlink'
        ? this.unlink(parent, name, step.identity)
        : this.rename(parent, name, step.identity)
    } catch (error) {
      if (!mayGoOn(error)) throw error
      this.note(error, step.path)
      return false
    }
  }

  /**
   * Deletes unused files of a directory that distributes them by hash, several subdirectories in
   * parallel. find reads each file right before it deletes it.
   */
  async expire({ path, identity }: RemovalStep): Promise<void> {
    if (!staysBelow(path) || !/^[1-9]\d{0,14}$/.test(identity)) return
    const gone = (bytes: number) => this.freed(bytes, true)
    const tests = notUsedSince(Number(identity))
    try {
      const directory = this.walker.to(path.split('/'))
      const names = readdirSync(at(directory, '.')).filter((name) => /^[0-9a-f]{2}$/.test(name))
      const shares = Array.from({ length: WIDTH }, (_, share) =>
        names.filter((_name, index) => index % WIDTH === share),
      )
      const ofNames = shares.filter((share) => share.length > 0)
      const all = ofNames.map((share) => deleteFound(directory, tests, gone, this.refused, share))
      // After a failure this detects a file system that became read-only.
      if ((await Promise.all(all)).includes(false)) accessSync(at(directory, '.'), constants.W_OK)
    } catch (error) {
      if (!mayGoOn(error)) throw error
      this.note(error, path)
    }
  }

  /** Deletes what this run, or a killed one, renamed for deletion. */
  async empty(): Promise<boolean> {
    this.walker.close()
    for (const fd of this.trash.splice(0)) if (fd !== undefined) closeSync(fd)
    this.count = 0
    const names = readdirSync(at(this.root, '.')).filter((name) => name.startsWith(TRASH))
    const emptied = await inParallel(names, WIDTH, (name) => this.emptyOne(name))
    return emptied.every(Boolean)
  }

  private async emptyOne(name: string): Promise<boolean> {
    try {
      const fd = openDirectory(this.root, name)
      try {
        await deleteFound(fd, ['-mindepth', '1'], this.freed, this.refused)
      } finally {
        closeSync(fd)
      }
      rmdirSync(at(this.root, name))
      return true
    } catch (error) {
      if (!isRefusal(error)) throw error
      this.note(error, name)
      return false
    }
  }

  private readonly refused = (why: string): void => {
    this.trouble ||= `not everything could be deleted: ${why}`
  }

  /** Stores the system's error, unless another process deleted the entry first. */
  private note(error: unknown, path: string): void {
    const known = toKnownError(error, path)
    if (known !== error && known instanceof KnownError) this.trouble ||= known.message
  }

  private unlink(parent: number, name: string, identity: string): boolean {
    const stats = lstatSync(at(parent, name), { bigint: true })
    if (stats.isDirectory() || `${stats.ino}:${stats.mtimeNs}` !== identity) return false
    unlinkSync(at(parent, name))
    if (stats.nlink === 1n) this.freed(Number(stats.blocks) * 512)
    return true
  }

  private rename(parent: number, name: string, identity: string): boolean {
    const stats = lstatSync(at(parent, name), { bigint: true })
    if (!stats.isDirectory() || `${stats.ino}:${stats.mtimeNs}` !== identity) return false
    const slot = this.count % WIDTH
    if (slot >= this.trash.length) this.trash.push(this.makeTrash())
    const trash = this.trash[slot]
    const target =
      trash === undefined ? at(this.root, freshName(TRASH)) : at(trash, String(this.count))
    renameSync(at(parent, name), target)
    this.count += 1
    return true
  }

  /**
   * Makes a directory for deletion. If a full disk has no space for one, each entry is renamed
   * separately.
   */
  private makeTrash(): number | undefined {
    const name = freshName(TRASH)
    try {
      mkdirSync(at(this.root, name), { mode: 0o700 })
    } catch (error) {
      if (codeOf(error) !== 'ENOSPC') throw error
      return undefined
    }
    return openDirectory(this.root, name)
  }
}

/** Whether the next step may succeed: not on a file system that became read-only. */
function mayGoOn(error: unknown): boolean {
  return isRefusal(error) && codeOf(error) !== 'EROFS'
}

function tidy(parent: number, name: string): boolean {
  try {
    rmdirSync(at(parent, name))
  } catch (error) {
    // It has new entries, or no longer exists: both are fine.
    if (!isRefusal(error)) throw error
  }
  return true
}
