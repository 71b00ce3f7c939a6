import {
  closeSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Step } from '../../core/caches/units/steps'
import { inParallel } from '../parallel'
import { find, splitAtNul } from './find'
import { at, codeOf, isRefusal, openDirectory, staysBelow, Way } from './tree'

/** How directories begin that are to be deleted. */
export const TRASH = '.trash-'

/** Directories of a cache that are deleted side by side. */
const WIDTH = availableParallelism()

/** Deeper than any unit; it bounds how many directories are open at once. */
const DEEPEST = 100

/**
 * Deletes what is below an open directory, and says for each thing what that freed: the blocks of a
 * hard-linked file come free with its last name. `-links` makes find look at a thing before it goes.
 * Gives back false where something stayed.
 */
function deleteBelow(directory: number, freed: (bytes: number) => void): Promise<boolean> {
  const format = '%y %b %n\\0'
  const expression = ['-depth', '-mindepth', '1', '-links', '+0', '-delete', '-printf', format]
  return find(
    directory,
    expression,
    splitAtNul((record) => {
      const [type, blocks, links] = record.split(' ')
      if (type === 'd' || links === '1') freed(Number(blocks) * 512)
    }),
  )
}

/** Carries out steps in the directory of one cache, relative to where it was opened. */
export class Remover {
  private readonly way: Way
  /** As many as are emptied side by side; undefined where the disk had no room for one. */
  private readonly trash: (number | undefined)[] = []
  private count = 0

  constructor(
    private readonly root: number,
    private readonly freed: (bytes: number) => void,
  ) {
    this.way = new Way(root)
  }

  /**
   * Carries out one step. Gives back false where something was left: it has changed since it was
   * planned, is gone, or the system refuses.
   */
  apply(step: Step): boolean {
    const names = step.path.split('/')
    const name = names.pop()
    if (!name || !staysBelow(step.path) || names.length > DEEPEST) return false
    try {
      const parent = this.way.to(names)
      if (step.action === 'tidy') return tidy(parent, name)
      return step.action === 'unlink'
        ? this.unlink(parent, name, step.identity)
        : this.rename(parent, name, step.identity)
    } catch (error) {
      // Of a file system that became read-only nothing else can go either.
      if (isRefusal(error) && codeOf(error) !== 'EROFS') return false
      throw error
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
        await deleteBelow(fd, this.freed)
      } finally {
        closeSync(fd)
      }
      rmdirSync(at(this.root, name))
      return true
    } catch (error) {
      if (isRefusal(error)) return false
      throw error
    }
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
    const target = trash === undefined ? at(this.root, trashName()) : at(trash, String(this.count))
    renameSync(at(parent, name), target)
    this.count += 1
    return true
  }

  /** A full disk has no room for a directory: then each goes by a name of its own, which needs none. */
  private makeTrash(): number | undefined {
    const name = trashName()
    try {
      mkdirSync(at(this.root, name), { mode: 0o700 })
    } catch (error) {
      if (codeOf(error) !== 'ENOSPC') throw error
      return undefined
    }
    return openDirectory(this.root, name)
  }
}

function trashName(): string {
  return `${TRASH}${process.pid}-${process.hrtime.bigint()}`
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
