/** Bytes that are read in parts. */
export interface Bytes {
  readonly length: number
  /** Reads bytes at an offset; fewer at the end. Valid until the next call. */
  read(at: number, length: number): Uint8Array
}

/** Offset and length of bytes that are not kept in memory. */
interface Span {
  readonly at: number
  readonly length: number
}

export type Value = string | number | boolean | null | Span | Value[] | Map<string, Value>

/** The bytes are truncated or not MessagePack. */
export class Malformed extends Error {}

/** Longest text that is kept in memory; a longer one becomes a span. */
const LONGEST = 65_536
/** More levels than any tool writes. */
const DEEPEST = 64

const text = new TextDecoder()

/** Reads one value of MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md). */
class Reader {
  at: number

  constructor(
    private readonly bytes: Bytes,
    from: number,
    private readonly end: number,
  ) {
    this.at = from
  }

  value(depth = 0): Value {
    if (depth > DEEPEST) throw new Malformed('too deep')
    const type = this.number(1)
    if (type < 0x80) return type
    if (type < 0x90) return this.map(type & 15, depth)
    if (type < 0xa0) return this.array(type & 15, depth)
    if (type < 0xc0) return this.text(type & 31)
    if (type >= 0xe0) return type - 256
    return this.long(type, depth)
  }

  /** Reads types that store their length in separate bytes. */
  private long(type: number, depth: number): Value {
    if (type === 0xc0) return null
    if (type === 0xc2 || type === 0xc3) return type === 0xc3
    if (type >= 0xc4 && type <= 0xc6) return this.span(this.number(1 << (type - 0xc4)))
    if (type >= 0xc7 && type <= 0xc9) return this.span(this.number(1 << (type - 0xc7)) + 1)
    if (type === 0xca || type === 0xcb) return this.span(type === 0xca ? 4 : 8)
    if (type >= 0xcc && type <= 0xcf) return this.number(1 << (type - 0xcc))
    if (type >= 0xd0 && type <= 0xd3) return this.number(1 << (type - 0xd0))
    if (type >= 0xd4 && type <= 0xd8) return this.span((1 << (type - 0xd4)) + 1)
    if (type >= 0xd9 && type <= 0xdb) return this.text(this.number(1 << (type - 0xd9)))
    if (type === 0xdc || type === 0xdd) return this.array(this.number(type === 0xdc ? 2 : 4), depth)
    if (type === 0xde || type === 0xdf) return this.map(this.number(type === 0xde ? 2 : 4), depth)
    throw new Malformed('a byte that begins nothing')
  }

  /** Reads an unsigned number; negative ones are not needed. */
  private number(length: number): number {
    return this.take(length).reduce((value, byte) => value * 256 + byte, 0)
  }

  private take(length: number): Uint8Array {
    const { at, length: size } = this.span(length)
    const bytes = this.bytes.read(at, size)
    if (bytes.length < length) throw new Malformed('cut off')
    return bytes
  }

  private span(length: number): Span {
    const { at } = this
    if (length > this.end - at) throw new Malformed('cut off')
    this.at += length
    return { at, length }
  }

  private text(length: number): Value {
    return length > LONGEST ? this.span(length) : text.decode(this.take(length))
  }

  private array(count: number, depth: number): Value[] {
    const values: Value[] = []
    for (let index = 0; index < count; index++) values.push(this.value(depth + 1))
    return values
  }

  private map(count: number, depth: number): Map<string, Value> {
    const values = new Map<string, Value>()
    for (let index = 0; index < count; index++) {
      const key = this.value(depth + 1)
      const value = this.value(depth + 1)
      if (typeof key === 'string') values.set(key, value)
    }
    return values
  }
}

/** The only value between two offsets. Throws Malformed for anything else, or for more than one. */
export function readMsgpack(bytes: Bytes, from: number, end: number): Value {
  const reader = new Reader(bytes, from, end)
  const value = reader.value()
  if (reader.at !== end) throw new Malformed('more than one value')
  return value
}
