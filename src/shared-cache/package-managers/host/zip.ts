import { createHash } from 'node:crypto'
import {
  findDirectory,
  HEAD_LENGTH,
  headLength,
  readDirectory,
  TAIL,
  type Directory,
  type Member,
} from '../core/zip'
import { Damaged, MOST, readAt, Unprovable, type Part } from './file'
import { crc32, inflate, pieces } from './inflate'

/** Calls a function for each listed member of a zip file. Throws Damaged. */
async function eachMember(
  part: Part,
  use: (directory: Directory, member: Member) => Promise<void>,
): Promise<void> {
  const tail = Math.min(TAIL, part.length)
  const directory = findDirectory(readPart(part, part.length - tail, tail), part.length)
  if (!directory) throw new Damaged('the zip file is truncated')
  if (directory.length > MOST) throw new Unprovable('too large')
  const listed = readPart(part, directory.at, directory.length)
  const members = readDirectory(listed, directory.count)
  if (!members) throw new Damaged('the directory of the zip file was changed')
  for (const member of members) await use(directory, member)
}

/**
 * Checks the central directory of a zip file, and the checksum of each member. RECORD in a wheel has
 * stronger hashes, but some published wheels have wrong ones, and no tool checks them. Throws Damaged.
 */
export function checkZip(part: Part): Promise<void> {
  return eachMember(part, async (directory, member) => {
    let crc = 0
    const size = await unpack(part, directory, member, (piece) => (crc = crc32(piece, crc)))
    if (crc !== member.crc || size !== member.size) throw new Damaged(changed(member.name))
  })
}

/** The sha256 of the content of each member of a zip file, by name. Throws Damaged. */
export async function hashMembers(part: Part): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>()
  await eachMember(part, async (directory, member) => {
    const hash = createHash('sha256')
    await unpack(part, directory, member, (piece) => hash.update(piece))
    hashes.set(member.name, hash.digest('hex'))
  })
  return hashes
}

function readPart({ file, from, length }: Part, at: number, wanted: number): Buffer {
  const most = Math.max(0, Math.min(wanted, length - at))
  return readAt(file, Buffer.allocUnsafe(most), from + at)
}

/** Passes the content of a member to a function, in chunks, and returns its length. Throws Damaged. */
async function unpack(
  part: Part,
  directory: Directory,
  member: Member,
  each: (piece: Buffer) => void,
): Promise<number> {
  const { name, offset, compressed, method, encrypted, size } = member
  if (encrypted || (method !== 0 && method !== 8)) throw new Unprovable('packed in an unknown way')
  const head = headLength(readPart(part, offset, HEAD_LENGTH))
  const from = offset + (head ?? 0)
  if (head === undefined || from + compressed > directory.at) throw new Damaged(changed(name))
  const data = { file: part.file, from: part.from + from, length: compressed }
  let length = 0
  const take = (piece: Buffer) => {
    length += piece.length
    each(piece)
  }
  if (method === 0) for (const piece of pieces(data)) take(piece)
  else if (!(await inflate(data, size, take))) throw new Damaged(changed(name))
  return length
}

function changed(name: string): string {
  return `${name} in it is cut off or changed`
}
