import { lastUse, type Entry } from '../../../foundation/core/entry'
import type { FileUnit, RemovalStep } from './steps'

/**
 * relatime updates the access time at most once in 24 hours: a file that was read an hour ago may look
 * 25 hours old. A tool fails if a file disappears right after it looked it up, so files that may have
 * been read within the last hour count as in use.
 */
export const RECENT = 25 * 3_600_000

/**
 * Whether a thing counts as in use. A time far in the future came from a wrong clock: it protects nothing,
 * or such files would be kept until that time comes.
 */
export function isRecent(lastUsed: number | null, now: number): boolean {
  return lastUsed !== null && Math.abs(now - lastUsed) < RECENT
}

/** The optional directory of one system at the start of a path, for regular expressions. */
export const SYSTEM = '(?:[a-z0-9][a-z0-9._+-]*/)?'

/** Whether a path has only characters that tools use. Other files from containers are not touched. */
export function isPlain(path: string): boolean {
  return /^[\x21-\x7e]+$/.test(path)
}

export function unlink({ path, identity }: Entry): RemovalStep {
  return { action: 'unlink', path, identity }
}

/** Copies a string: a substring would keep the whole original in memory. */
function ownString(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string
}

/** An entry with copied strings, for kinds of which many are kept. */
export function kept<Thing extends Pick<Entry, 'path' | 'identity'>>(thing: Thing): Thing {
  return { ...thing, path: ownString(thing.path), identity: ownString(thing.identity) }
}

/** A directory that is removed as a whole. Its bytes and last use are those of all files in it. */
export class Tree {
  bytes: number
  /** The last use of a file in it; null without files. The walk changes the times of directories. */
  lastUsed: number | null = null

  /** The needed fields of the directory. Only these are kept: there may be very many. */
  readonly top: Pick<Entry, 'path' | 'identity' | 'modified'>

  constructor({ path, identity, modified, bytes }: Entry) {
    this.top = kept({ path, identity, modified })
    this.bytes = bytes
  }

  holds(path: string): boolean {
    return path.startsWith(`${this.top.path}/`)
  }

  add(entry: Entry): void {
    if (entry.type === 'file') this.lastUsed = Math.max(this.lastUsed ?? 0, lastUse(entry))
    this.bytes += entry.bytes
  }

  trash(): RemovalStep {
    return { action: 'trash', path: this.top.path, identity: this.top.identity }
  }
}

/**
 * Collects the directories of a walk that are units. A walk lists the entries of a directory right
 * after it.
 */
export class Trees {
  readonly all: Tree[] = []

  constructor(private readonly isTop: (path: string) => boolean) {}

  /** The tree that an entry is or belongs to; undefined if none. */
  add(entry: Entry): Tree | undefined {
    const current = this.all.at(-1)
    if (current?.holds(entry.path)) {
      current.add(entry)
      return current
    }
    if (entry.type !== 'directory' || !this.isTop(entry.path)) return undefined
    const tree = new Tree(entry)
    this.all.push(tree)
    return tree
  }
}

/** The unit of one file. */
export function fileUnit(
  cache: string,
  entry: Entry,
  label: string,
  phases: FileUnit['phases'],
): FileUnit {
  const { path, bytes } = entry
  const lastUsed = lastUse(entry)
  return { id: path, cache, label, bytes, lastUsed, inUse: false, needs: [], phases }
}

/** The unit of a directory that is removed as a whole. */
export function treeUnit(
  cache: string,
  tree: Tree,
  label: string,
  more: Partial<Pick<FileUnit, 'inUse' | 'needs' | 'phases'>> = {},
): FileUnit {
  const { top, bytes, lastUsed } = tree
  return {
    id: top.path,
    cache,
    label,
    bytes,
    lastUsed,
    inUse: false,
    needs: [],
    phases: [[tree.trash()]],
    ...more,
  }
}

/**
 * The unit of a tool's downloaded files and the directory it unpacked them to, if they exist. The
 * directory is removed first, as a whole: the tool assumes that an existing one is complete.
 */
export function unpackedUnit(
  called: Pick<FileUnit, 'id' | 'cache' | 'label'>,
  source: Tree | undefined,
  fetched: readonly Entry[],
): FileUnit {
  const uses = [source?.lastUsed ?? null, ...fetched.map(lastUse)].filter((use) => use !== null)
  return {
    ...called,
    bytes: fetched.reduce((sum, { bytes }) => sum + bytes, source?.bytes ?? 0),
    lastUsed: uses.length > 0 ? Math.max(...uses) : null,
    inUse: false,
    needs: [],
    phases: [source ? [source.trash()] : [], fetched.map(unlink)],
  }
}

/** The last component of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
