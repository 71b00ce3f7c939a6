import { KnownError } from '../../../foundation/core/errors'
import { staysBelow } from '../../../foundation/core/relative-path'

/** A file, directory or link, of an image or a volume. Devices, pipes and sockets are left out. */
export interface Entry {
  readonly type: 'file' | 'directory' | 'link'
  /** SHA-256 of a file in hexadecimal digits; the target of a link; '' for a directory. */
  readonly hash: string
  readonly uid: number
  readonly gid: number
  /** Permission bits, with setuid, setgid and sticky; 0o777 for a link. */
  readonly mode: number
  /** Bytes of a file; 0 for anything else. */
  readonly size: number
}

/**
 * Entries by path, relative to the directory of the volume; '' is that directory. A path has one
 * character for each byte (latin1), because a name may contain any byte except NUL and a slash.
 */
export type Tree = ReadonlyMap<string, Entry>

/** Hashes of the versions of images that were placed beside files that had changed, by path. */
export type Offered = ReadonlyMap<string, string>

/** What a volume got from images. */
export interface Manifest {
  /** Digest of the image, as `EngineImage.content`; '' if not everything of it could be applied. */
  readonly content: string
  /** The path in the image. */
  readonly path: string
  /** Milliseconds since the epoch. */
  readonly recorded: number
  readonly tree: Tree
  readonly offered: Offered
}

export type ManifestHead = Pick<Manifest, 'content' | 'path' | 'recorded'>

/** Whether two entries have the same content: type, and bytes or target. */
export function isSameContent(one: Entry | null | undefined, other: typeof one): boolean {
  if (!one || !other) return !one && !other
  return one.type === other.type && one.hash === other.hash
}

/** Whether two entries have the same content, owner and mode. Times do not count. */
export function isSameEntry(one: Entry | null | undefined, other: typeof one): boolean {
  if (!one || !other) return !one && !other
  return (
    isSameContent(one, other) &&
    one.uid === other.uid &&
    one.gid === other.gid &&
    one.mode === other.mode
  )
}

/** Whether a path is in the volume, or the volume itself. */
export function isInside(path: string): boolean {
  return path === '' || staysBelow(path)
}

const FORMAT = 'persist-manifest'
const VERSION = 1
const LETTERS = { file: 'f', directory: 'd', link: 'l' } as const
const TYPES: Readonly<Record<string, Entry['type']>> = { f: 'file', d: 'directory', l: 'link' }

/** The text of a manifest: a line with what it is, then one JSON array for each entry. */
export function formatManifest({ content, path, recorded, tree, offered }: Manifest): string {
  const lines = [
    JSON.stringify([FORMAT, VERSION, content, path, recorded, tree.size, offered.size]),
  ]
  for (const [at, { type, hash, uid, gid, mode, size }] of tree) {
    lines.push(JSON.stringify([LETTERS[type], at, hash, uid, gid, mode, size]))
  }
  for (const [at, hash] of offered) lines.push(JSON.stringify(['o', at, hash]))
  return `${lines.join('\n')}\n`
}

function parseArray(line: string): readonly unknown[] {
  let read: unknown
  try {
    read = JSON.parse(line)
  } catch (cause) {
    throw unreadable('a line is not JSON', cause)
  }
  if (!Array.isArray(read)) throw unreadable('a line is not an array')
  return read as readonly unknown[]
}

function unreadable(why: string, cause?: unknown): KnownError {
  return new KnownError(`Cannot read what a volume got from its image: ${why}`, {
    hint: 'Restore data/persist/manifests from a backup, or switch follow-image off and on again.',
    cause,
  })
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0

type Counts = readonly [entries: number, offered: number]

function parseHead(line: string): readonly [ManifestHead, Counts] {
  const [format, version, content, path, recorded, ...counts] = parseArray(line)
  if (format !== FORMAT || version !== VERSION) {
    throw unreadable(`its version is ${JSON.stringify(version)}`)
  }
  const [entries, offered] = counts
  const isHead =
    typeof content === 'string' && typeof path === 'string' && typeof recorded === 'number'
  if (!isHead || !isCount(entries) || !isCount(offered)) throw unreadable('its first line is odd')
  return [{ content, path, recorded }, [entries, offered]]
}

/** The first line of a manifest: enough to see that nothing changed. Throws KnownError. */
export function parseManifestHead(text: string): ManifestHead {
  return parseHead(text.split('\n', 1)[0] ?? '')[0]
}

/** An entry from its array. Throws KnownError for anything else. */
function parseEntry(fields: readonly unknown[]): readonly [string, Entry] {
  const [letter, path, hash, uid, gid, mode, size] = fields
  const type = TYPES[String(letter)]
  if (!type || typeof path !== 'string' || typeof hash !== 'string' || !isInside(path)) {
    throw unreadable(`${JSON.stringify(fields)} is not an entry`)
  }
  if (!isCount(uid) || !isCount(gid) || !isCount(mode) || mode > 0o7777 || !isCount(size)) {
    throw unreadable(`${JSON.stringify(fields)} is not an entry`)
  }
  return [path, { type, hash, uid, gid, mode, size }]
}

/**
 * Parses a manifest. Throws KnownError for one that was written by a later version, is damaged, or has
 * a path outside of the volume.
 */
export function parseManifest(text: string): Manifest {
  const [first = '', ...lines] = text.split('\n')
  const [head, [entries, count]] = parseHead(first)
  if (lines.length !== entries + count + 1 || lines.at(-1) !== '') {
    throw unreadable('it is incomplete')
  }
  const tree = new Map<string, Entry>()
  for (const line of lines.slice(0, entries)) tree.set(...parseEntry(parseArray(line)))
  const offered = new Map<string, string>()
  for (const line of lines.slice(entries, -1)) {
    const [letter, path, hash] = parseArray(line)
    if (letter !== 'o' || typeof path !== 'string' || typeof hash !== 'string') {
      throw unreadable(`${line} is not an offered file`)
    }
    offered.set(path, hash)
  }
  return { ...head, tree, offered }
}
