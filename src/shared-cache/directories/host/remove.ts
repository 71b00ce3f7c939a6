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

/** How directories begin that are to be deleted. */
export const TRASH = '.trash-'

/** Directories of a cache that are deleted side by side. */
const WIDTH = availableParallelism()

/** Deeper than any unit; it bounds how many directories are open at once. */
const DEEPEST = 100

/**
 * Deletes what find comes by, and says for each thing what that freed: the blocks of a hard-linked file
 * come free with its last name. `-links` makes find look at a thing before it goes. Gives back false
 * where something stayed, and tells `refused` why.
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
  // Its first line ends with what the system said; what is before that anybody may have named.
  const complain = (said: string) =>
    refused(/: ([A-Za-z /-]+)$/m.exec(said)?.[1] ?? 'for a reason that find does not say')
  return find(directory, expression, output, names, complain)
}

/** Files at `aa/bb/REST` by their hash that nobody used since a time, in milliseconds. */
function notUsedSince(before: number): readonly string[] {
  // Up to the last nanosecond before then: find takes what is not newer.
  const last = before - 1
  const time = `@${Math.floor(last / 1000)}.${String(last % 1000).padStart(3, '0')}999999`
  return [
    ...['-mindepth', '2', '-maxdepth', '2', '-type', 'f'],
    ...['!', '-newermt', time, '!', '-newerat', time],
    ...['-regextype', 'posix-extended', '-regex', '[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]+'],
  ]
}

/** Carries out steps in the directory of one cache, relative to where it was opened. */
export class Remover {
  /** The first thing that the system refused for a reason of its own; '' as long as it has not. */
  trouble = ''
  private readonly way: DirectoryWalker
  /** As many as are emptied side by side; undefined where the disk had no room for one. */
  private readonly trash: (number | undefined)[] = []
  private count = 0

  constructor(
    private readonly root: number,
    private readonly freed: (bytes: number, isExpired?: boolean) => void,
  ) {
    this.way = new DirectoryWalker(root)
  }

  /**
   * Carries out one step. Gives back false where something was left: it has changed since it was
   * planned, is gone, or the system refuses.
   */
  apply(step: RemovalStep): boolean {
    if (!staysBelow(step.path) || step.path.split('/').length > DEEPEST) return false
    try {
      const [parent, name] = this.way.toParent(step.path)
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
   * Deletes the files that a directory spreads by their hash and that nobody used since a time, some
   * directories side by side. find looks at each one right before it goes.
   */
  async expire({ path, identity }: RemovalStep): Promise<void> {
    if (!staysBelow(path) || !/^[1-9]\d{0,14}$/.test(identity)) return
    const gone = (bytes: number) => this.freed(bytes, true)
    const tests = notUsedSince(Number(identity))
    try {
      const directory = this.way.to(path.split('/'))
      const names = readdirSync(at(directory, '.')).filter((name) => /^[0-9a-f]{2}$/.test(name))
      const shares = Array.from({ length: WIDTH }, (_, share) =>
        names.filter((_name, index) => index % WIDTH === share),
      )
      const ofNames = shares.filter((share) => share.length > 0)
      const all = ofNames.map((share) => deleteFound(directory, tests, gone, this.refused, share))
      // Where find failed, asking tells whether the file system became read-only.
      if ((await Promise.all(all)).includes(false)) accessSync(at(directory, '.'), constants.W_OK)
    } catch (error) {
      if (!mayGoOn(error)) throw error
      this.note(error, path)
    }
  }

  /** Deletes what was renamed away, by this run or by one that was killed before it could. */
  async empty(): Promise<boolean> {
    this.way.close()
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

  /** Keeps what the system said, unless it is that somebody else was there first. */
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

  /** A full disk has no room for a directory: then each goes by a name of its own, which needs none. */
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

/** Of a file system that became read-only nothing else can go either. */
function mayGoOn(error: unknown): boolean {
  return isRefusal(error) && codeOf(error) !== 'EROFS'
}

function tidy(parent: number, name: string): boolean {
  try {
    rmdirSync(at(parent, name))
  } catch (error) {
    // Something is in it again, or it is gone: both are as they should be.
    if (!isRefusal(error)) throw error
  }
  return true
}
