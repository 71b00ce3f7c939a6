import type { Entry } from '../../../foundation/core/entry'
import type { RemovalStep } from './steps'

/** How something in a cache is checked. */
export type Check =
  /** npm: the path is the hash of what is in it. */
  | 'content'
  /** npm: each line begins with its own hash. */
  | 'index'
  /** cargo: the index knows the hash. */
  | 'crate'
  /** cargo: an unpacked directory that a mark inside says is whole. */
  | 'unpacked'
  /** pip: the head of a download, and what it says of the body. */
  | 'head'
  /** pip: a body that no head may belong to. */
  | 'body'
  /** pip, uv: a built wheel, which is a zip file. */
  | 'wheel'
  /** pip: where a built wheel came from. */
  | 'origin'
  /** uv: an unpacked wheel, whose RECORD holds the hash of each file. */
  | 'archive'
  /** uv: a link into an archive. */
  | 'link'
  /** uv: what an index answered, or what was made of it. */
  | 'answer'
  /** Playwright: a browser's revision that a mark inside says is whole. */
  | 'revision'
  /** Go: the zip of a module, whose hash is beside it. */
  | 'module'
  /** Go: the unpacked source of a module. */
  | 'source'
  /** Go: what is kept of a version beside its zip. */
  | 'about'
  /** Go: an output that is named by its hash. */
  | 'output'
  /** Go: a program in a directory that is named by its hash. */
  | 'program'
  /** Go: which output an action has. */
  | 'action'
  /** sccache: what was compiled, in a zip file. */
  | 'compiled'
  /** Something else than what the tool puts at this place: a pipe where a file should be. */
  | 'odd'
  /** Nothing in it says what it should be. */
  | 'opaque'

/** One thing to be checked. */
export interface Task {
  readonly check: Check
  readonly path: string
  readonly identity: string
  /** Whether a tool may still be at work on it. */
  readonly young: boolean
}

/** What a check came to. */
export interface Verdict {
  readonly state:
    /** It is what it was made as: a hash or a checksum says so. */
    | 'proven'
    /** It is whole as far as can be seen; nothing says what should be in it. */
    | 'unprovable'
    | 'damaged'
    /** It changed, or went, while it was looked at, or is being made right now. */
    | 'busy'
    /** It may not be read. */
    | 'unread'
  /** What is wrong with it, for a person. */
  readonly why?: string
  /** What removes it so that the tool makes it again: phases as those of a unit. */
  readonly phases?: readonly (readonly RemovalStep[])[]
}

/** Something damaged, and what is wrong with it. */
export interface Damage {
  readonly path: string
  readonly why: string
  readonly phases: readonly (readonly RemovalStep[])[]
}

/** What checking a cache came to. Numbers of entries, save `bytes`, which were read. */
export interface Tally {
  readonly proven: number
  readonly unprovable: number
  readonly damaged: number
  readonly busy: number
  readonly unread: number
  readonly bytes: number
}

export const NOTHING: Tally = {
  proven: 0,
  unprovable: 0,
  damaged: 0,
  busy: 0,
  unread: 0,
  bytes: 0,
}

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    proven: a.proven + b.proven,
    unprovable: a.unprovable + b.unprovable,
    damaged: a.damaged + b.damaged,
    busy: a.busy + b.busy,
    unread: a.unread + b.unread,
    bytes: a.bytes + b.bytes,
  }
}

/** The step that removes one thing: at once, or as a whole where it is a directory. */
export function removal({
  type,
  path,
  identity,
}: Pick<Entry, 'type' | 'path' | 'identity'>): RemovalStep {
  return { action: type === 'directory' ? 'trash' : 'unlink', path, identity }
}
