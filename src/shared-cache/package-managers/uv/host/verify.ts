import { lstatSync, readdirSync } from 'node:fs'
import { KnownError } from '../../../../foundation/core/errors'
import { readRecord, type RecordLine } from '../core/record'
import { archiveOf } from '../core/prune-units'
import { at, codeOf, staysBelow, DirectoryWalker } from '../../../../foundation/files/walker'
import {
  Damaged,
  MOST,
  readAt,
  readWhole,
  Unprovable,
  withFile,
  type OpenFile,
} from '../../host/file'
import { hashFile } from '../../host/hash'
import { crc32 } from '../../host/inflate'
import { decode } from '../../pip/host/verify'

/** More levels than any wheel has; limits how many directories are open at once. */
const DEEPEST = 50

/** Checks an unpacked wheel: RECORD has the hash of each file. */
export function checkArchive(directory: number): void {
  const names = readdirSync(at(directory, '.'))
  const infos = names.filter((name) => name.endsWith('.dist-info'))
  const [info, ...more] = infos
  if (names.includes('pyvenv.cfg') || more.length > 0) throw new Unprovable('an environment')
  if (info === undefined) throw new Damaged('it has no .dist-info')
  const way = new DirectoryWalker(directory)
  try {
    let proven = false
    for (const line of readLines(way, info)) proven = checkLine(way, line) || proven
    if (!proven) throw new Unprovable('a RECORD without hashes')
  } finally {
    way.close()
  }
}

function readLines(way: DirectoryWalker, info: string): readonly RecordLine[] {
  const path = `${info}/RECORD`
  const text = inArchive(path, () => withFile(...way.toParent(path), readWhole))
  return readRecord(text.toString())
}

/** Checks one file. Returns false if RECORD has no hash or size of it. */
function checkLine(way: DirectoryWalker, { path, algorithm, digest, size }: RecordLine): boolean {
  if (algorithm === '' || !staysBelow(path) || path.split('/').length > DEEPEST) return false
  const found = inArchive(path, () =>
    withFile(...way.toParent(path), (file) =>
      size !== null && size !== file.size ? '' : hashFile(file, algorithm, 'base64url'),
    ),
  )
  if (found === undefined) return false
  if (found !== digest) throw new Damaged(`${path} does not match RECORD`)
  return true
}

/** Reports a missing file of an archive as damage to the archive. */
function inArchive<T>(path: string, use: () => T): T {
  try {
    return use()
  } catch (error) {
    const missing = codeOf(error) === 'ENOENT' || error instanceof KnownError
    if (missing || error instanceof Damaged) throw new Damaged(`${path} is missing`)
    throw error
  }
}

/** Checks that the archive a link points to exists. Returns false for any other link. */
export function checkLink(way: DirectoryWalker, path: string, target: string): boolean {
  const archive = archiveOf({ type: 'link', path, target })
  if (archive === undefined) return false
  try {
    if (lstatSync(at(...way.toParent(archive))).isDirectory()) return true
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  throw new Damaged('the archive that it links to is missing')
}

/**
 * Checks an index response: data, the HTTP policy, then lengths. Two formats (uv 0.9.0 and 0.13.9,
 * seen): the length of the policy in eight bytes; or a checksum in four, of the policy and what
 * follows, and the length of the data in eight. A third kind of file has only data. Data is
 * MessagePack, except in `.rkyv`. Throws Damaged for anything else, otherwise Unprovable.
 */
export function checkAnswer(file: OpenFile, path: string): void {
  const end = file.size
  const tail = readAt(file, Buffer.allocUnsafe(Math.min(12, end)), Math.max(0, end - 12))
  const length = tail.length < 12 ? NaN : Number(tail.readBigUInt64LE(4))
  const packed = !path.endsWith('.rkyv')
  const ends = [
    ...(length <= end - 12 && checksumFits(file, length, tail) ? [length] : []),
    ...(length > 0 && length <= end - 8 ? [end - 8 - length] : []),
    ...(packed ? [end] : []),
  ]
  if (ends.some((data) => data > 0 && (!packed || decodes(file, data)))) {
    throw new Unprovable('nothing says what is in it')
  }
  throw new Damaged('it is truncated or changed')
}

function checksumFits(file: OpenFile, data: number, tail: Buffer): boolean {
  const length = file.size - 12 - data
  if (length > MOST) throw new Unprovable('too large')
  const policy = readAt(file, Buffer.allocUnsafe(length), data)
  return crc32(tail.subarray(4), crc32(policy)) === tail.readUInt32LE(0)
}

function decodes(file: OpenFile, end: number): boolean {
  try {
    decode(file, 0, end)
    return true
  } catch (error) {
    if (error instanceof Damaged) return false
    throw error
  }
}
