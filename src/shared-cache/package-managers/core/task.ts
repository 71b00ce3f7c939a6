import type { Entry } from '../../../foundation/core/entry'
import type { RemovalStep } from './steps'

/** How an entry of a cache is checked. */
export type Check =
  /** npm: the path is the hash of the content. */
  | 'content'
  /** npm: each line begins with its own hash. */
  | 'index'
  /** cargo: the index has the hash. */
  | 'crate'
  /** cargo: an unpacked directory; a marker file in it shows that it is complete. */
  | 'unpacked'
  /** pip: the header of a download, which describes the body. */
  | 'head'
  /** pip: a body, which needs a header. */
  | 'body'
  /** pip, uv: a built wheel, which is a zip file. */
  | 'wheel'
  /** pip: the origin of a built wheel. */
  | 'origin'
  /** uv: an unpacked wheel. Its RECORD has the hash of each file. */
  | 'archive'
  /** uv: a link to an archive. */
  | 'link'
  /** uv: a response of an index, or data made from it. */
  | 'answer'
  /** Playwright: a revision of a browser; a marker file in it shows that it is complete. */
  | 'revision'
  /** Go: the zip of a module, with its hash in another file. */
  | 'module'
  /** Go: the unpacked source of a module. */
  | 'source'
  /** Go: the metadata of a version, in files next to its zip. */
  | 'about'
  /** Go: an output, named by its hash. */
  | 'output'
  /** Go: a program in a directory named by its hash. */
  | 'program'
  /** Go: the output of an action. */
  | 'action'
  /** apt: a downloaded file that is named by its hash. */
  | 'download'
  /** sccache: a compiled crate in a zip file. */
  | 'compiled'
  /** pnpm: a file of a package, named by its hash. */
  | 'stored'
  /** yarn, Composer: a package in a zip file. */
  | 'packed'
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
    /** It changed or was removed during the check, or a tool is writing it. */
    | 'busy'
    /** It cannot be read. */
    | 'unread'
  /** What is wrong with it, for messages. */
  readonly why?: string
  /** The steps that remove it, so that the tool makes it again; phases as in a unit. */
  readonly phases?: readonly (readonly RemovalStep[])[]
}

/** A damaged entry. */
export interface Damage {
  readonly path: string
  readonly why: string
  readonly phases: readonly (readonly RemovalStep[])[]
}

/** The result of checking a cache: numbers of entries, and of bytes read. */
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

/** The step that removes one entry. A directory is removed as a whole. */
export function removal({
  type,
  path,
  identity,
}: Pick<Entry, 'type' | 'path' | 'identity'>): RemovalStep {
  return { action: type === 'directory' ? 'trash' : 'unlink', path, identity }
}
