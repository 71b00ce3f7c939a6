import {
  type Current,
  type Note,
  type Owner,
  changedPaths,
  isOffered,
  mergeAttributes,
  namesBeside,
  parentOf,
} from './merge'
import { type Entry, type Offered, type Tree, isSameContent, isSameEntry } from './manifest'
import type { PutStep, State, Step } from './step'

export interface Plan {
  /** In this order; the files that are written come last, in any order. */
  readonly steps: readonly Step[]
  readonly notes: readonly Note[]
  /** Versions of the image beside other files, with those of earlier merges. */
  readonly offered: Offered
}

export interface PlanOptions {
  /** What earlier merges placed beside files. */
  readonly offered?: readonly Offered[]
  /** Who owns everything in the volume; null for the owners of the image. */
  readonly owner?: Owner | null
}

/** Permission bits without setuid, setgid and sticky. */
const PLAIN = 0o777
const SPECIAL = 0o7000

const isDirectory = (entry: { readonly type: string } | null | undefined) =>
  entry?.type === 'directory'

/** Whether one is a directory and the other is not: a rename cannot replace one by the other. */
function changesKind(base: Entry | undefined, next: Entry | undefined): boolean {
  return base !== undefined && next !== undefined && isDirectory(base) !== isDirectory(next)
}

class Planner {
  readonly notes: Note[] = []
  readonly offered: Map<string, string>
  private readonly first: Step[] = []
  private readonly writes: Step[] = []
  /** Names that are removed from each directory, and that stay for a reason in the notes. */
  private readonly removed = new Map<string, number>()
  private readonly explained = new Map<string, number>()
  private readonly gone = new Set<string>()
  private readonly made = new Set<string>()
  private readonly blocked = new Map<string, number>()

  constructor(
    private readonly base: Tree,
    private readonly next: Tree,
    private readonly current: Current,
    private readonly earlier: readonly Offered[],
    private readonly owner: Owner | null,
  ) {
    this.offered = new Map(earlier.flatMap((one) => [...one]))
  }

  run(): Plan {
    const changed = changedPaths(this.base, this.next)
    for (const path of [...changed].reverse()) this.clear(path)
    for (const path of changed) this.bring(path)
    for (const [path, entries] of this.blocked) this.notes.push({ kind: 'blocked', path, entries })
    const { notes, offered } = this
    return { steps: [...this.first, ...this.writes], notes, offered }
  }

  private at(path: string): State | null {
    const state = this.current.get(path)
    if (state === undefined) throw new Error(`the state of ${path} was not asked for`)
    return state
  }

  /** Removes what the image does not have any more, or has as something of another kind. */
  private clear(path: string): void {
    const [base, next, state] = [this.base.get(path), this.next.get(path), this.at(path)]
    if (path === '' || !base || !state || (next && !changesKind(base, next))) return
    const above = parentOf(path)
    if (!isSameContent(base, state as Entry)) {
      count(this.explained, above)
      if (!next) this.notes.push({ kind: 'kept', path })
      return
    }
    const left = state.names - (this.removed.get(path) ?? 0)
    if (isDirectory(state) && left > 0) {
      count(this.explained, above)
      const isNew = left > (this.explained.get(path) ?? 0)
      if (isNew && !next) this.notes.push({ kind: 'not-empty', path })
      return
    }
    const kind = isDirectory(state) ? 'rmdir' : 'remove'
    this.first.push({ kind, path, expected: entryOf(state) })
    this.gone.add(path)
    count(this.removed, above)
  }

  /** Brings the image's version of a path to the volume. */
  private bring(path: string): void {
    const [base, next] = [this.base.get(path), this.next.get(path)]
    if (!next) return
    const state = this.gone.has(path) ? null : this.at(path)
    if (state === null) return this.bringMissing(path, base, next)
    if (isSameContent(next, state as Entry)) return this.set(path, base, next, state)
    // What the image did not change stays as it is here.
    if (isSameContent(base, next)) return
    if (!isSameContent(base, state as Entry)) return this.conflict(path, next, 'changed')
    // A directory with other files in it.
    if (isDirectory(state)) return this.conflict(path, next, 'in the way')
    this.put(path, path, entryOf(state), mergeAttributes(base, next, state, this.owner))
  }

  private bringMissing(path: string, base: Entry | undefined, next: Entry): void {
    const closed = this.notADirectory(parentOf(path))
    if (closed !== undefined) {
      count(this.blocked, closed)
      return
    }
    // Something of another kind was removed for it, perhaps by a run that was killed.
    if (!base || changesKind(base, next)) this.create(path, path, next)
    else if (!isSameContent(base, next)) this.conflict(path, next, 'deleted')
  }

  private create(path: string, from: string, next: Entry): void {
    const wanted = { ...next, ...this.owner }
    if (next.type !== 'directory') return this.put(path, from, null, wanted)
    this.first.push({ kind: 'mkdir', path, wanted })
    this.made.add(path)
  }

  private put(path: string, from: string, expected: Entry | null, wanted: Entry): void {
    const kind = wanted.type === 'file' ? 'write' : 'link'
    const step: PutStep = { kind, path, from, expected, wanted }
    if (kind === 'write') this.writes.push(step)
    else this.first.push(step)
  }

  private set(path: string, base: Entry | undefined, next: Entry, state: State): void {
    const expected = entryOf(state)
    const wanted = mergeAttributes(base, next, state, this.owner)
    if (isSameEntry(expected, wanted)) return
    // A new owner removes the setuid bit before a new mode sets it again: a kill must not fall between.
    const isSpecial = next.type === 'file' && ((expected.mode | wanted.mode) & SPECIAL) !== 0
    if (isSpecial) this.put(path, path, expected, wanted)
    else this.first.push({ kind: 'set', path, expected, wanted })
  }

  /** The image's version does not get the path. It is placed beside it. */
  private conflict(path: string, next: Entry, why: 'changed' | 'deleted' | 'in the way'): void {
    if (next.type === 'directory') {
      count(this.blocked, path)
      return
    }
    const wanted = { ...next, ...this.owner, mode: next.mode & PLAIN }
    for (const beside of namesBeside(path, next)) {
      if (this.base.has(beside) || this.next.has(beside)) continue
      const state = this.at(beside)
      const isThere = isSameContent(next, state as Entry | null)
      const isFree = state === null || isOffered(this.earlier, beside, state)
      if (!isThere && !isFree) continue
      if (!isThere) this.put(beside, path, state && entryOf(state), wanted)
      this.offered.set(beside, next.hash)
      this.notes.push({ kind: 'offered', path, beside, why })
      return
    }
    this.notes.push({ kind: 'not-offered', path })
  }

  /** The highest part of a path that is not a directory, and will not be one; undefined if all are. */
  private notADirectory(path: string): string | undefined {
    const above = path === '' ? undefined : this.notADirectory(parentOf(path))
    if (above !== undefined) return above
    if (this.made.has(path)) return undefined
    return isDirectory(this.at(path)) && !this.gone.has(path) ? undefined : path
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** The entry of a state. Only for files, directories and links. */
function entryOf({ type, hash, uid, gid, mode, size }: State): Entry {
  return { type: type as Entry['type'], hash, uid, gid, mode, size }
}

/**
 * Plans how the files of a volume follow an image that changed from `base` to `next`. `current` is the
 * state of the paths that `candidates` names. Content that was changed here is never overwritten or
 * removed. Owner and mode that were changed here stay, too, but do not keep the content from following
 * the image: entry points often run chown. A second plan, or one after a part of this one was applied,
 * has only the missing steps.
 */
export function planMerge(
  base: Tree,
  next: Tree,
  current: Current,
  { offered = [], owner = null }: PlanOptions = {},
): Plan {
  return new Planner(base, next, current, offered, owner).run()
}
