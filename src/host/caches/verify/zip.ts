import {
  findDirectory,
  HEAD_LENGTH,
  headLength,
  readDirectory,
  TAIL,
  type Directory,
  type Member,
} from '../../../core/caches/checks/zip'
import { Damaged, MOST, readAt, Unprovable, type Part } from './file'
import { crc32, inflatedCrc, pieces } from './inflate'

/**
 * Checks a zip file: its directory, and the checksum of each member. RECORD in a wheel has stronger
 * hashes, but some wheels are published with wrong ones, and no tool minds. Throws Damaged.
 */
export async function checkZip(part: Part): Promise<void> {
  const tail = Math.min(TAIL, part.length)
  const directory = findDirectory(readPart(part, part.length - tail, tail), part.length)
  if (!directory) throw new Damaged('it is a zip file that is cut off')
  if (directory.length > MOST) throw new Unprovable('too large')
  const listed = readPart(part, directory.at, directory.length)
  const members = readDirectory(listed, directory.count)
  if (!members) throw new Damaged('the directory in the zip file is changed')
  for (const member of members) await checkMember(part, directory, member)
}

function readPart({ file, from, length }: Part, at: number, wanted: number): Buffer {
  const most = Math.max(0, Math.min(wanted, length - at))
  return readAt(file, Buffer.allocUnsafe(most), from + at)
}

async function checkMember(part: Part, directory: Directory, member: Member): Promise<void> {
  const { name, offset, compressed, method, encrypted, size } = member
  if (encrypted || (method !== 0 && method !== 8)) throw new Unprovable('packed in an unknown way')
  const head = headLength(readPart(part, offset, HEAD_LENGTH))
  const from = offset + (head ?? 0)
  if (head === undefined || from + compressed > directory.at) throw new Damaged(changed(name))
  const data = { file: part.file, from: part.from + from, length: compressed }
  const found = method === 8 ? await inflatedCrc(data, size) : storedCrc(data)
  if (found?.crc !== member.crc || found.size !== size) throw new Damaged(changed(name))
}

function changed(name: string): string {
  return `${name} in it is cut off or changed`
}

function storedCrc(part: Part): { crc: number; size: number } {
  let crc = 0
  let size = 0
  for (const piece of pieces(part)) {
    crc = crc32(piece, crc)
    size += piece.length
  }
  return { crc, size }
}
