import { Readable, type Transform } from 'node:stream'
import {
  crc32 as ownCrc32,
  createGunzip,
  createInflateRaw,
  gunzipSync,
  inflateRawSync,
} from 'node:zlib'
import { crc32 as slowCrc32 } from '../core/crc32'
import { codeOf } from '../../../foundation/files/walker'
import { CHUNK, Damaged, readAt, Unprovable, type Part } from './file'

type Crc32 = (bytes: Uint8Array, before?: number) => number

/** Node has `zlib.crc32` since 20.15. */
export const crc32 = ownOr(ownCrc32, slowCrc32)

function ownOr(own: Crc32 | undefined, slow: Crc32): Crc32 {
  return own ?? slow
}

/** Parts up to this size are unpacked in memory; larger ones are streamed. */
const AT_ONCE = 8 << 20

/** A malicious file may unpack to any size. */
const LARGEST = 64 * 2 ** 30

/** The bytes of a part, in chunks. */
export function* pieces({ file, from, length }: Part): Generator<Buffer> {
  for (let at = 0; at < length; at += CHUNK) {
    const piece = readAt(file, Buffer.allocUnsafe(Math.min(CHUNK, length - at)), from + at)
    if (piece.length === 0) return
    yield piece
  }
}

/** Pipes a part through a zlib stream and passes each output chunk to `each`. */
async function through(part: Part, zlib: Transform, each: (piece: Buffer) => void): Promise<void> {
  const source = Readable.from(pieces(part), { objectMode: false })
  source.on('error', (error) => zlib.destroy(error))
  source.pipe(zlib)
  let size = 0
  for await (const piece of zlib as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > LARGEST) throw new Unprovable('too large')
    each(piece)
  }
}

/** Whether zlib reported invalid or truncated input. */
function isBadInput(error: unknown): boolean {
  const code = codeOf(error) ?? ''
  return code.startsWith('Z_') && code !== 'Z_MEM_ERROR'
}

const isTooLong = (error: unknown) => codeOf(error) === 'ERR_BUFFER_TOO_LARGE'

/** Unpacks gzip, which ends with a checksum of its content. Throws Damaged. */
export async function checkGzip(part: Part): Promise<void> {
  try {
    if (part.length <= CHUNK && unpackAtOnce(part)) return
    await through(part, createGunzip(), () => undefined)
  } catch (error) {
    if (isBadInput(error)) throw new Damaged('the gzip file is truncated or changed')
    throw error
  }
}

function unpackAtOnce({ file, from, length }: Part): boolean {
  try {
    gunzipSync(readAt(file, Buffer.allocUnsafe(length), from), { maxOutputLength: AT_ONCE })
    return true
  } catch (error) {
    if (isTooLong(error)) return false
    throw error
  }
}

/** Passes the content of a deflated part to a function, in chunks. Returns false if it is invalid. */
export async function inflate(
  part: Part,
  size: number,
  each: (piece: Buffer) => void,
): Promise<boolean> {
  try {
    if (part.length <= AT_ONCE && size <= AT_ONCE) {
      const packed = readAt(part.file, Buffer.allocUnsafe(part.length), part.from)
      each(inflateRawSync(packed, { maxOutputLength: Math.max(size, 1) }))
    } else await through(part, createInflateRaw(), each)
    return true
  } catch (error) {
    if (isBadInput(error) || isTooLong(error)) return false
    throw error
  }
}
