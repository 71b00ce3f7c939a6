import { lastUse, type Entry } from '../../../foundation/core/entry'
import type { FileUnit, RemovalStep } from './steps'

/**
 * relatime moves the time of access at most once in 24 hours: what was read an hour ago may look a
 * day and an hour old. A tool that misses what it has just looked up fails, so what may have been
 * read within the hour counts as in use.
 */
export const RECENT = 25 * 3_600_000

export function isRecent(lastUsed: number | null, now: number): boolean {
  return lastUsed !== null && now - lastUsed < RECENT
}

/** A directory of one system's caches may stand before what the tool makes; for regular expressions. */
export const SYSTEM = '(?:[a-z0-9][a-z0-9._+-]*/)?'

/** Whether a name is one that a tool makes: what a container planted beside them is not touched. */
export function isPlain(path: string): boolean {
  return /^[\x21-\x7e]+$/.test(path)
}

export function unlink({ path, identity }: Entry): RemovalStep {
  return { action: 'unlink', path, identity }
}

/** A copy of its own: what is a part of another string, or put together, keeps all of those in memory. */
function ownString(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string
}

/** The same for those of which very many are kept. */
export function kept<Thing extends Pick<Entry, 'path' | 'identity'>>(thing: Thing): Thing {
  return { ...thing, path: ownString(thing.path), identity: ownString(thing.identity) }
}

/** A directory that goes as a whole: its bytes and last use are those of all that is in it. */
export class Tree {
  bytes: number
  /** When a file in it was used last; null without files. The walk itself moves directories' times. */
  lastUsed: number | null = null

  /** What has to be known of the directory itself: of very many every field counts. */
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

/** Collects the directories of a walk that are units; a walk names what is in one right behind it. */
export class Trees {
  readonly all: Tree[] = []

  constructor(private readonly isTop: (path: string) => boolean) {}

  /** Gives back the tree that an entry is or belongs to; undefined for anything else. */
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

/** The unit of a directory that goes as a whole. */
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
 * The unit of what a tool fetched and of the directory that it was unpacked to, where either is there.
 * That goes first, as a whole: one that is there is taken for whole.
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

/** The last name of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
