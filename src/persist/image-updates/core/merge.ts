import { digest } from '../../../foundation/core/digest'
import {
  type Entry,
  type Offered,
  type Tree,
  isInside,
  isSameContent,
  isSameEntry,
} from './manifest'
import { PART, type State } from './step'

/** What is in a volume at some paths; null for nothing. */
export type Current = ReadonlyMap<string, State | null>

/** The user and group that own everything in a volume. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** What happened to a file that did not simply get the image's version. Paths are those of the volume. */
export type Note =
  /** The file was changed here and in the image: the image's version is beside it. */
  | { readonly kind: 'offered'; readonly path: string; readonly beside: string; readonly why: Why }
  /** The same, but all names beside it are taken. */
  | { readonly kind: 'not-offered'; readonly path: string }
  /** The image does not have it any more. It stays because it was changed here. */
  | { readonly kind: 'kept'; readonly path: string }
  /** The image does not have this directory any more. It stays because there are other files in it. */
  | { readonly kind: 'not-empty'; readonly path: string }
  /** Entries of the image below it were not copied: it is not a directory here. */
  | { readonly kind: 'blocked'; readonly path: string; readonly entries: number }

type Why = 'changed' | 'deleted' | 'in the way'

/** The directory of a path: '' for a name in the volume's own directory. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

const LONGEST_NAME = 255

/**
 * Names for the image's version of a file: `NAME.image-new`, or with a part of its hash where that is
 * taken.
 */
export function namesBeside(path: string, { type, hash }: Entry): readonly string[] {
  const part = (type === 'file' ? hash : digest(hash)).slice(0, 8)
  const names = [`${path}.image-new`, `${path}.image-new-${part}`]
  return names.filter((name) => name.length - name.lastIndexOf('/') - 1 <= LONGEST_NAME)
}

/** Whether a path can be merged: in the volume, and not the name that merging itself uses. */
export function isMergeable(path: string): boolean {
  return isInside(path) && path !== PART && !path.startsWith(`${PART}/`)
}

/** Paths whose entries differ between two trees, in order: a directory before what is in it. */
export function changedPaths(base: Tree, next: Tree): readonly string[] {
  const changed: string[] = []
  for (const [path, entry] of next) if (!isSameEntry(entry, base.get(path))) changed.push(path)
  for (const path of base.keys()) if (!next.has(path)) changed.push(path)
  return changed.filter(isMergeable).sort()
}

/**
 * The paths whose state in the volume decides a merge: what differs, the directories above, and the
 * names for versions of the image. Each with the size above which a file cannot be a version of the
 * image. With several bases, the paths for all of them.
 */
export function candidates(bases: readonly Tree[], next: Tree): ReadonlyMap<string, number> {
  const asked = new Map<string, number>()
  const ask = (path: string, size: number) => asked.set(path, Math.max(size, asked.get(path) ?? 0))
  for (const base of bases) {
    for (const path of changedPaths(base, next)) {
      const wanted = next.get(path)
      const versions = [wanted, ...bases.map((one) => one.get(path))]
      const largest = Math.max(...versions.map((entry) => entry?.size ?? 0))
      ask(path, largest)
      for (let above = path; above !== '';) {
        above = parentOf(above)
        if (asked.has(above)) break
        ask(above, 0)
      }
      if (!wanted || wanted.type === 'directory') continue
      for (const name of namesBeside(path, wanted)) ask(name, largest)
    }
  }
  return asked
}

/** How much of an entry another one has: 0 if not its content, more for an equal owner and mode. */
function likeness(entry: Entry | undefined, state: State | null): number {
  if (!isSameContent(entry, state as Entry | null)) return 0
  if (!entry || !state) return 1
  const equal = [entry.uid === state.uid, entry.gid === state.gid, entry.mode === state.mode]
  return 1 + equal.filter(Boolean).length
}

/**
 * The base of a merge after another one was killed or left something out: for each path the version
 * that is in the volume, of the tree before or of the one that was being applied.
 */
export function settle(base: Tree, pending: Tree, current: Current): Tree {
  const settled = new Map(base)
  for (const path of changedPaths(base, pending)) {
    const state = current.get(path)
    if (state === undefined) continue
    const [before, after] = [base.get(path), pending.get(path)]
    const score = likeness(after, state)
    if (score === 0 || score < likeness(before, state)) continue
    if (after) settled.set(path, after)
    else settled.delete(path)
  }
  return settled
}

/**
 * The tree to compare with later: the new image's, but the old one's where a step was not applied.
 */
export function advance(base: Tree, next: Tree, left: Iterable<string>): Tree {
  const advanced = new Map(next)
  for (const path of left) {
    const before = base.get(path)
    if (before) advanced.set(path, before)
    else advanced.delete(path)
  }
  return advanced
}

/** Whether a merge has placed what is at a path. */
export function isOffered(offered: readonly Offered[], path: string, state: State): boolean {
  return state.hash !== '' && offered.some((one) => one.get(path) === state.hash)
}

/**
 * Owner and mode of an entry that changes from `base` to `next`: those that were changed here stay. With
 * an owner for the whole volume, the image's owners do not count.
 */
export function mergeAttributes(
  base: Entry | undefined,
  next: Entry,
  state: State,
  owner: Owner | null,
): Entry {
  const merged = (key: 'uid' | 'gid') =>
    owner !== null || !base || state[key] !== base[key] ? state[key] : next[key]
  return { ...next, uid: merged('uid'), gid: merged('gid'), mode: mergeMode(base, next, state) }
}

function mergeMode(base: Entry | undefined, next: Entry, state: State): number {
  if (state.type !== next.type) return next.mode
  const isUnchanged = base?.type === next.type && base.mode === state.mode
  return isUnchanged ? next.mode : state.mode
}
