/** One entry of a tar stream. `content` has to be read before the next entry is asked for, or is skipped. */
export interface TarEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'other'
  readonly size: number
  content(maxBytes: number): Promise<Buffer>
}

const BLOCK = 512

/** Takes exact numbers of bytes from a stream of chunks. */
class Reader {
  private held: Buffer = Buffer.alloc(0)
  private readonly chunks: AsyncIterator<Buffer>

  constructor(stream: AsyncIterable<Buffer>) {
    this.chunks = stream[Symbol.asyncIterator]()
  }

  /** Up to `count` bytes: fewer only where the stream ends. */
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

  private async some(most: number): Promise<Buffer | null> {
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

function readSize(block: Buffer): number {
  // GNU tar writes sizes that octal digits cannot hold as a binary number with the first bit set.
  if ((block[124] ?? 0) & 0x80) return Number(block.readBigUInt64BE(128))
  return parseInt(text(block, 124, 12).trim() || '0', 8)
}

function headerName(block: Buffer): string {
  const prefix = text(block, 257, 5) === 'ustar' ? text(block, 345, 155) : ''
  return prefix ? `${prefix}/${text(block, 0, 100)}` : text(block, 0, 100)
}

/** `path` and `size` of a pax header: records of the form `LENGTH KEY=VALUE\n`, the length in bytes. */
function readPax(data: Buffer): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {}
  let at = 0
  while (at < data.length) {
    const length = parseInt(data.subarray(at, at + 20).toString(), 10)
    if (!(length > 0)) break
    const [, key, value] =
      /^\d+ ([^=]+)=([^]*)\n$/.exec(data.subarray(at, at + length).toString()) ?? []
    if (key === 'path' && value) found.path = value
    if (key === 'size' && value) found.size = Number(value)
    at += length
  }
  return found
}

const KINDS: Readonly<Record<string, TarEntry['kind']>> = {
  '0': 'file',
  '\0': 'file',
  '5': 'directory',
}

/**
 * Entries of a tar archive as they come, for archives far larger than memory: whoever has seen enough
 * stops reading. Knows ustar, pax and GNU long names, which is what Docker writes.
 */
export async function* readTar(stream: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const reader = new Reader(stream)
  let next: { path?: string; size?: number } = {}
  for (;;) {
    const block = await reader.take(BLOCK)
    if (block.length < BLOCK || block.every((byte) => byte === 0)) return
    const type = String.fromCharCode(block[156] ?? 0)
    const size = next.size ?? readSize(block)
    if (type === 'x' || type === 'g') {
      const pax = readPax(await reader.take(padded(size)).then((data) => data.subarray(0, size)))
      if (type === 'x') next = { ...next, ...pax }
      continue
    }
    if (type === 'L') {
      next = { ...next, path: text(await reader.take(padded(size)), 0, size) }
      continue
    }
    let left = padded(size)
    yield {
      name: next.path ?? headerName(block),
      kind: KINDS[type] ?? 'other',
      size,
      async content(maxBytes) {
        const data = await reader.take(Math.min(size, maxBytes))
        left -= data.length
        return data
      },
    }
    await reader.skip(left)
    next = {}
  }
}
