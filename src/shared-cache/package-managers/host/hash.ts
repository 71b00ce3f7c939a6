import { createHash, hash as hashOnce, type Hash } from 'node:crypto'
import { CHUNK, readAt, type OpenFile } from './file'

/** Shared by all: its content is valid until the next read. */
const buffer = Buffer.allocUnsafeSlow(CHUNK)

/** `crypto.hash` exists since Node 20.12. Older versions make an object for each small file. */
const whole = hashOnce as typeof hashOnce | undefined

function makeHash(algorithm: string): Hash | undefined {
  try {
    return createHash(algorithm)
  } catch {
    return undefined
  }
}

/** The hash of bytes; undefined for an unknown algorithm. */
function hashOf(algorithm: string, bytes: Buffer, encoding: 'hex' | 'base64url') {
  try {
    if (whole) return whole(algorithm, bytes, encoding)
  } catch {
    return undefined
  }
  return makeHash(algorithm)?.update(bytes).digest(encoding)
}

/** The hash of a part of a file, read in chunks; undefined for an unknown algorithm. */
export function hashFile(
  file: OpenFile,
  algorithm: string,
  encoding: 'hex' | 'base64url' = 'hex',
  from = 0,
  length = file.size - from,
): string | undefined {
  if (length <= CHUNK) {
    return hashOf(algorithm, readAt(file, buffer.subarray(0, length), from), encoding)
  }
  const hash = makeHash(algorithm)
  if (!hash) return undefined
  for (let at = from; at < from + length; at += CHUNK) {
    const piece = readAt(file, buffer.subarray(0, Math.min(CHUNK, from + length - at)), at)
    if (piece.length === 0) break
    hash.update(piece)
  }
  return hash.digest(encoding)
}
