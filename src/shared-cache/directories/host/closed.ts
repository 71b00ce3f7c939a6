import { closeSync, readFileSync, readdirSync } from 'node:fs'
import { at, isRefusal, openDirectory, withName } from '../../../foundation/files/walker'
import { isClosed, isTemporary, isUnpacked } from '../core/closed'
import { OPENING, type Sharing } from '../core/places'
import { isThere } from './open-up'

/**
 * Directories that are read in one cache and run: about a second where the disk is not asked. A cache with
 * more is searched in several runs, each of which begins where the last one stopped.
 */
const MOST = 20_000

/** No tool nests this deep, but a container could. */
const DEEPEST = 100

/** What a search found. */
export interface Found {
  /** The first directory that is closed, relative to the cache; null for none so far. */
  readonly closed: string | null
  /** Where the search stopped, for the next one; null where it came to the end. */
  readonly stoppedAt: string | null
}

/** The umask of this process. Node's own call sets it for a moment, which other threads would see. */
function ownUmask(): number {
  const [, umask = '022'] =
    /^Umask:\s*([0-7]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return parseInt(umask, 8)
}

/** The bits of a mode that directories need. One user needs what his own umask gives. */
function wantedBits(sharing: Sharing): number {
  return sharing === 'all users' ? 0o777 : 0o777 & ~ownUmask()
}

class Search {
  private left: number
  closed: string | null = null
  stoppedAt: string | null = null

  constructor(
    private readonly wanted: number,
    most: number,
  ) {
    this.left = most
  }

  /** Visits directories in the order of their names, from a place on; false to stop. */
  visit(directory: number, path: string, from: readonly string[], depth = 0): boolean {
    if (this.left === 0) {
      this.stoppedAt = path
      return false
    }
    this.left -= 1
    const [first = '', ...rest] = from
    for (const name of this.names(directory)) {
      if (name < first) continue
      const inside = path === '' ? name : `${path}/${name}`
      if (!this.enter(directory, name, inside, name === first ? rest : [], depth)) return false
    }
    return true
  }

  private names(directory: number): readonly string[] {
    return readdirSync(at(directory, '.'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !isTemporary(entry.name))
      .map(({ name }) => name)
      .sort()
  }

  private enter(
    parent: number,
    name: string,
    path: string,
    from: readonly string[],
    depth: number,
  ): boolean {
    try {
      const mode = withName(parent, name, (_fd, stats) => Number(stats.mode))
      if (isClosed(mode, this.wanted) && !isUnpacked(path)) {
        this.closed = path
        return false
      }
      if (isUnpacked(path) || depth >= DEEPEST) return true
      const directory = openDirectory(parent, name)
      try {
        return this.visit(directory, path, from, depth + 1)
      } finally {
        closeSync(directory)
      }
    } catch (error) {
      // Deleted or replaced meanwhile.
      if (isRefusal(error)) return true
      throw error
    }
  }
}

/**
 * Searches an open cache, at any depth, for directories that are closed to other users, as scripts leave
 * them, or a run that opened them was killed. Reads at most `most` directories, beginning at `from`.
 */
export function findClosed(directory: number, sharing: Sharing, from = '', most = MOST): Found {
  if (isThere(directory, OPENING)) return { closed: '', stoppedAt: null }
  const search = new Search(wantedBits(sharing), most)
  search.visit(directory, '', from.split('/'))
  return { closed: search.closed, stoppedAt: search.stoppedAt }
}
