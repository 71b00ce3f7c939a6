import type { Entry } from '../../../foundation/core/entry'
import type { RemovalStep } from './steps'

/** How something in a cache is checked. */
export type Check =
  /** npm: the path is the hash of the content. */
  | 'content'
  /** npm: each line begins with its own hash. */
  | 'index'
  /** cargo: the index knows the hash. */
  | 'crate'
  /** cargo: an unpacked directory; a mark inside tells that it is complete. */
  | 'unpacked'
  /** pip: the head of a download, and what it tells about the body. */
  | 'head'
  /** pip: a body, which needs a head. */
  | 'body'
  /** pip, uv: a built wheel, which is a zip file. */
  | 'wheel'
  /** pip: where a built wheel came from. */
  | 'origin'
  /** uv: an unpacked wheel, whose RECORD holds the hash of each file. */
  | 'archive'
  /** uv: a link into an archive. */
  | 'link'
  /** uv: an answer of an index, or data made from it. */
  | 'answer'
  /** Playwright: a revision of a browser; a mark inside tells that it is complete. */
  | 'revision'
  /** Go: the zip of a module, whose hash is beside it. */
  | 'module'
  /** Go: the unpacked source of a module. */
  | 'source'
  /** Go: the data of a version beside its zip. */
  | 'about'
  /** Go: an output that is named by its hash. */
  | 'output'
  /** Go: a program in a directory that is named by its hash. */
  | 'program'
  /** Go: which output an action has. */
  | 'action'
  /** apt: a downloaded file that is named by its hash. */
  | 'download'
  /** sccache: a compiled crate in a zip file. */
  | 'compiled'
  /** An entry of another type than the tool makes at this path, such as a pipe in place of a file. */
  | 'odd'
  /** An entry without any checksum. */
  | 'opaque'

/** One entry to check. */
export interface Task {
  readonly check: Check
  readonly path: string
  readonly identity: string
  /** Whether a tool may still be writing it. */
  readonly young: boolean
}

/** The result of a check. */
export interface Verdict {
  readonly state:
    /** It matches its hash or checksum. */
    | 'proven'
    /** It looks complete; there is no checksum for its content. */
    | 'unprovable'
    | 'damaged'
    /** It changed or was removed during the check, or is being written. */
    | 'busy'
    /** It cannot be read. */
    | 'unread'
  /** What is wrong with it, for a person. */
  readonly why?: string
  /** The steps that remove it, so that the tool makes it again: phases like those of a unit. */
  readonly phases?: readonly (readonly RemovalStep[])[]
}

/** A damaged entry. */
export interface Damage {
  readonly path: string
  readonly why: string
  readonly phases: readonly (readonly RemovalStep[])[]
}

/** The result of checking a cache: numbers of entries, and the bytes that were read. */
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

/** The step that removes one entry, a directory as a whole. */
export function removal({
  type,
  path,
  identity,
}: Pick<Entry, 'type' | 'path' | 'identity'>): RemovalStep {
  return { action: type === 'directory' ? 'trash' : 'unlink', path, identity }
}
