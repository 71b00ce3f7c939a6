import { KnownError } from '../../core/errors'
import { ByteReader } from '../../process/byte-reader'

/** One entry of a tar stream. Read its content before the next entry. */
export interface TarEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'link' | 'hard link' | 'other'
  readonly size: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** When it was modified, in seconds since the epoch. */
  readonly mtime: number
  /** Target of a link as stored; the name of another entry for a hard link. */
  readonly target: string
  content(maxBytes: number): Promise<Buffer>
  /** The content in chunks, for files larger than memory. */
  pieces(): AsyncGenerator<Buffer>
}

const BLOCK = 512

/** How names are decoded: latin1 preserves every byte of a name. */
export type NameEncoding = 'utf8' | 'latin1'

const padded = (size: number) => Math.ceil(size / BLOCK) * BLOCK

function text(block: Buffer, from: number, length: number, names: NameEncoding = 'utf8'): string {
  const field = block.subarray(from, from + length)
  const end = field.indexOf(0)
  return field.subarray(0, end < 0 ? length : end).toString(names)
}

/** A number of octal digits; GNU tar writes a larger one in binary, with the first bit set. */
function readNumber(block: Buffer, from: number, length: number): number {
  if ((block[from] ?? 0) & 0x80) {
    // The lowest bytes; a field of 8 bytes begins with the mark itself.
    if (length > 8) return Number(block.readBigUInt64BE(from + length - 8))
    return block.readUIntBE(from + length - 6, 6)
  }
  return parseInt(text(block, from, length).trim() || '0', 8)
}

function headerName(block: Buffer, names: NameEncoding): string {
  const prefix = text(block, 257, 5) === 'ustar' ? text(block, 345, 155, names) : ''
  const name = text(block, 0, 100, names)
  return prefix ? `${prefix}/${name}` : name
}

/** Fields of the next entry from an extra header, for values that are too long for the entry header. */
interface Longer {
  readonly path?: string
  readonly target?: string
  readonly size?: number
  readonly uid?: number
  readonly gid?: number
  readonly mtime?: number
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Fields of a pax header: records of the form `LENGTH KEY=VALUE\n`, the length in bytes. */
function readPax(data: Buffer, names: NameEncoding): Longer {
  const found: Mutable<Longer> = {}
  let at = 0
  while (at < data.length) {
    const length = parseInt(data.subarray(at, at + 20).toString(), 10)
    if (!(length > 0)) break
    const [, key, value] =
      /^\d+ ([^=]+)=([^]*)\n$/.exec(data.subarray(at, at + length).toString(names)) ?? []
    if (key === 'path' && value) found.path = value
    if (key === 'linkpath' && value) found.target = value
    if (value && (key === 'size' || key === 'uid' || key === 'gid' || key === 'mtime')) {
      found[key] = Number(value)
    }
    at += length
  }
  return found
}

const KINDS: Readonly<Record<string, TarEntry['kind']>> = {
  '0': 'file',
  '\0': 'file',
  '1': 'hard link',
  '2': 'link',
  '5': 'directory',
}

function cutOff(): KnownError {
  return new KnownError('The archive is incomplete')
}

/** The fields of an extra header; null for an entry. */
async function readLonger(
  reader: ByteReader,
  type: string,
  size: number,
  names: NameEncoding,
): Promise<Longer | null> {
  if (!'xgLK'.includes(type)) return null
  const data = (await reader.take(padded(size))).subarray(0, size)
  if (type === 'x') return readPax(data, names)
  if (type === 'L') return { path: text(data, 0, size, names) }
  return type === 'K' ? { target: text(data, 0, size, names) } : {}
}

/**
 * Reads the entries of a tar archive as they arrive. Archives may be larger than memory, and the reader
 * may stop at any entry. Supports ustar, pax and GNU long names, which Docker writes. Throws KnownError
 * if the archive is incomplete.
 */
export async function* readTar(
  stream: AsyncIterable<Buffer>,
  names: NameEncoding = 'utf8',
): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(stream)
  let longer: Longer = {}
  for (;;) {
    const block = await reader.take(BLOCK)
    if (block.length < BLOCK) throw cutOff()
    if (block.every((byte) => byte === 0)) return
    const type = String.fromCharCode(block[156] ?? 0)
    const size = longer.size ?? readNumber(block, 124, 12)
    const more = await readLonger(reader, type, size, names)
    if (more) {
      longer = { ...longer, ...more }
      continue
    }
    const kind = KINDS[type] ?? 'other'
    // A link may have the size of its target: it has no content.
    const length = kind === 'link' || kind === 'hard link' ? 0 : size
    let unread = length
    async function* pieces(): AsyncGenerator<Buffer> {
      while (unread > 0) {
        const piece = await reader.some(unread)
        if (!piece) throw cutOff()
        unread -= piece.length
        yield piece
      }
    }
    yield {
      name: longer.path ?? headerName(block, names),
      kind,
      size: length,
      mode: readNumber(block, 100, 8),
      uid: longer.uid ?? readNumber(block, 108, 8),
      gid: longer.gid ?? readNumber(block, 116, 8),
      mtime: longer.mtime ?? readNumber(block, 136, 12),
      target: longer.target ?? text(block, 157, 100, names),
      pieces,
      async content(maxBytes) {
        const data = await reader.take(Math.min(unread, maxBytes))
        unread -= data.length
        return data
      },
    }
    await reader.skip(unread + padded(length) - length)
    longer = {}
  }
}
