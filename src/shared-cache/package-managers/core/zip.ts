/** A member of a zip file, from the central directory. */
export interface Member {
  readonly name: string
  /** 0 stored, 8 deflated. */
  readonly method: number
  readonly encrypted: boolean
  readonly crc: number
  readonly compressed: number
  readonly size: number
  /** Offset of its local header in the file. */
  readonly offset: number
}

/** Position of the central directory of a zip file. */
export interface Directory {
  readonly at: number
  readonly length: number
  readonly count: number
}

/** Most bytes after the central directory: its end record with a comment, and the records of zip64. */
export const TAIL = 65_535 + 22 + 20 + 56

const END = 0x06054b50
const END64 = 0x06064b50
const LOCATOR64 = 0x07064b50
const ENTRY = 0x02014b50
const HEAD = 0x04034b50
/** Length of a local header without its two variable parts. */
export const HEAD_LENGTH = 30

const text = new TextDecoder()

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const big = (bytes: DataView, at: number) => Number(bytes.getBigUint64(at, true))

/**
 * Finds the central directory in the last bytes of a zip file (APPNOTE.TXT, 4.3.16); undefined if there
 * is none. `length` is the size of the file; `tail` has its last `TAIL` bytes, or all.
 */
export function findDirectory(tail: Uint8Array, length: number): Directory | undefined {
  const bytes = view(tail)
  const start = length - tail.length
  for (let at = tail.length - 22; at >= 0; at--) {
    if (bytes.getUint32(at, true) !== END) continue
    const directory = directory64(bytes, at) ?? {
      at: bytes.getUint32(at + 16, true),
      length: bytes.getUint32(at + 12, true),
      count: bytes.getUint16(at + 10, true),
    }
    return directory.at + directory.length <= start + at ? directory : undefined
  }
  return undefined
}

/** The central directory from the zip64 end record, which is right before the other end record. */
function directory64(bytes: DataView, end: number): Directory | undefined {
  const at = end - 20 - 56
  if (at < 0 || bytes.getUint32(end - 20, true) !== LOCATOR64) return undefined
  if (bytes.getUint32(at, true) !== END64) return undefined
  return { at: big(bytes, at + 48), length: big(bytes, at + 40), count: big(bytes, at + 32) }
}

/** The members in a central directory; undefined if it is invalid. */
export function readDirectory(directory: Uint8Array, count: number): Member[] | undefined {
  const bytes = view(directory)
  const members: Member[] = []
  let at = 0
  for (let index = 0; index < count; index++) {
    if (at + 46 > directory.length || bytes.getUint32(at, true) !== ENTRY) return undefined
    const name = bytes.getUint16(at + 28, true)
    const extra = bytes.getUint16(at + 30, true)
    const next = at + 46 + name + extra + bytes.getUint16(at + 32, true)
    if (next > directory.length) return undefined
    const extras = directory.subarray(at + 46 + name, at + 46 + name + extra)
    members.push({
      name: text.decode(directory.subarray(at + 46, at + 46 + name)),
      method: bytes.getUint16(at + 10, true),
      encrypted: (bytes.getUint16(at + 8, true) & 1) === 1,
      crc: bytes.getUint32(at + 16, true),
      ...sizes64(extras, {
        size: bytes.getUint32(at + 24, true),
        compressed: bytes.getUint32(at + 20, true),
        offset: bytes.getUint32(at + 42, true),
      }),
    })
    at = next
  }
  return at === directory.length ? members : undefined
}

type Sizes = Pick<Member, 'size' | 'compressed' | 'offset'>

/** Reads sizes that are too large for their fields from an extra field. */
function sizes64(extras: Uint8Array, sizes: Sizes): Sizes {
  const bytes = view(extras)
  const result = { ...sizes }
  for (let at = 0; at + 4 <= extras.length; at += 4 + bytes.getUint16(at + 2, true)) {
    if (bytes.getUint16(at, true) !== 1) continue
    let from = at + 4
    for (const key of ['size', 'compressed', 'offset'] as const) {
      if (sizes[key] !== 0xffffffff || from + 8 > extras.length) continue
      result[key] = big(bytes, from)
      from += 8
    }
  }
  return result
}

/** Length of a member's local header; undefined if there is none. */
export function headLength(head: Uint8Array): number | undefined {
  if (head.length < HEAD_LENGTH) return undefined
  const bytes = view(head)
  if (bytes.getUint32(0, true) !== HEAD) return undefined
  return HEAD_LENGTH + bytes.getUint16(26, true) + bytes.getUint16(28, true)
}
