import { KnownError } from '../../core/errors'

/** One entry of a tar stream. Read its content before the next entry. */
export interface TarEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'link' | 'hard link' | 'other'
  readonly size: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Target of a link as stored; the name of another entry for a hard link. */
  readonly target: string
  content(maxBytes: number): Promise<Buffer>
  /** The content in chunks, for files larger than memory. */
  pieces(): AsyncGenerator<Buffer>
}

const BLOCK = 512

/** Reads exact numbers of bytes from a stream of chunks. */
class Reader {
  private held: Buffer = Buffer.alloc(0)
  private readonly chunks: AsyncIterator<Buffer>

  constructor(stream: AsyncIterable<Buffer>) {
    this.chunks = stream[Symbol.asyncIterator]()
  }

  /** `count` bytes, or fewer at the end of the stream. */
  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let missing = count
    while (missing > 0) {
      const part = await this.some(missing)
      if (!part) break
      parts.push(part)
      missing -= part.length
    }
    return Buffer.concat(parts)
  }

  async skip(count: number): Promise<void> {
    let missing = count
    while (missing > 0) {
      const part = await this.some(missing)
      if (!part) return
      missing -= part.length
    }
  }

  async some(most: number): Promise<Buffer | null> {
    while (this.held.length === 0) {
      const next = await this.chunks.next()
      if (next.done) return null
      this.held = next.value
    }
    const part = this.held.subarray(0, most)
    this.held = this.held.subarray(part.length)
    return part
  }
}

const padded = (size: number) => Math.ceil(size / BLOCK) * BLOCK

function text(block: Buffer, from: number, length: number): string {
  const field = block.subarray(from, from + length)
  const end = field.indexOf(0)
  return field.subarray(0, end < 0 ? length : end).toString()
}

/** A number of octal digits; GNU tar writes a larger one in binary, with the first bit set. */
function readNumber(block: Buffer, from: number, length: number): number {
  if ((block[from] ?? 0) & 0x80) return Number(block.readBigUInt64BE(from + length - 8))
  return parseInt(text(block, from, length).trim() || '0', 8)
}

function headerName(block: Buffer): string {
  const prefix = text(block, 257, 5) === 'ustar' ? text(block, 345, 155) : ''
  return prefix ? `${prefix}/${text(block, 0, 100)}` : text(block, 0, 100)
}

/** Fields of the next entry from an extra header, for values that are too long for the entry header. */
interface Longer {
  readonly path?: string
  readonly target?: string
  readonly size?: number
}

/** Fields of a pax header: records of the form `LENGTH KEY=VALUE\n`, the length in bytes. */
function readPax(data: Buffer): Longer {
  const found: { path?: string; target?: string; size?: number } = {}
  let at = 0
  while (at < data.length) {
    const length = parseInt(data.subarray(at, at + 20).toString(), 10)
    if (!(length > 0)) break
    const [, key, value] =
      /^\d+ ([^=]+)=([^]*)\n$/.exec(data.subarray(at, at + length).toString()) ?? []
    if (key === 'path' && value) found.path = value
    if (key === 'linkpath' && value) found.target = value
    if (key === 'size' && value) found.size = Number(value)
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
async function readLonger(reader: Reader, type: string, size: number): Promise<Longer | null> {
  if (!'xgLK'.includes(type)) return null
  const data = (await reader.take(padded(size))).subarray(0, size)
  if (type === 'x') return readPax(data)
  if (type === 'L') return { path: text(data, 0, size) }
  return type === 'K' ? { target: text(data, 0, size) } : {}
}

/**
 * Reads the entries of a tar archive as they arrive. Archives may be larger than memory, and the reader
 * may stop at any entry. Supports ustar, pax and GNU long names, which Docker writes. Throws KnownError
 * if the archive is incomplete.
 */
export async function* readTar(stream: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const reader = new Reader(stream)
  let longer: Longer = {}
  for (;;) {
    const block = await reader.take(BLOCK)
    if (block.length < BLOCK) throw cutOff()
    if (block.every((byte) => byte === 0)) return
    const type = String.fromCharCode(block[156] ?? 0)
    const size = longer.size ?? readNumber(block, 124, 12)
    const more = await readLonger(reader, type, size)
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
      name: longer.path ?? headerName(block),
      kind,
      size: length,
      mode: readNumber(block, 100, 8),
      uid: readNumber(block, 108, 8),
      gid: readNumber(block, 116, 8),
      target: longer.target ?? text(block, 157, 100),
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
