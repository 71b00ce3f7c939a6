import { KnownError } from '../core/errors'

const NEWLINE = 10

/** Reads exact numbers of bytes from a stream of chunks. */
export class ByteReader {
  private held: Buffer = Buffer.alloc(0)
  private readonly chunks: AsyncIterator<Buffer>

  constructor(stream: AsyncIterable<Buffer>) {
    this.chunks = stream[Symbol.asyncIterator]()
  }

  /** `count` bytes, or fewer at the end of the stream. */
  async take(count: number): Promise<Buffer> {
    if (this.held.length >= count) {
      const whole = this.held.subarray(0, count)
      this.held = this.held.subarray(count)
      return whole
    }
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
    if (count === 0) return
    let missing = count
    while (missing > 0) {
      const part = await this.some(missing)
      if (!part) return
      missing -= part.length
    }
  }

  /** A line without its end; null at the end of the stream. Throws KnownError beyond `most` bytes. */
  async line(most: number): Promise<string | null> {
    const parts: Buffer[] = []
    let length = 0
    for (;;) {
      const part = await this.some(Infinity)
      if (!part) return null
      const end = part.indexOf(NEWLINE)
      length += end < 0 ? part.length : end
      if (length > most) throw new KnownError('A line of the input is too long')
      if (end < 0) {
        parts.push(part)
        continue
      }
      this.held = part.subarray(end + 1)
      return Buffer.concat([...parts, part.subarray(0, end)]).toString()
    }
  }

  /** At most `most` bytes that have arrived; null at the end of the stream. */
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
