import { createHash } from 'node:crypto'
import { Damaged, readWhole, Unprovable, type OpenFile } from '../../host/file'
import { hashFile } from '../../host/hash'

/** Lengths of the hashes that npm uses, in hexadecimal digits. */
const LENGTHS: Readonly<Record<string, number>> = {
  md5: 32,
  sha1: 40,
  sha256: 64,
  sha384: 96,
  sha512: 128,
}

/** A blob: its path behind `content-v2` is the algorithm and the hash. */
export function checkContent(file: OpenFile, path: string): void {
  const names = path.split('/')
  const [algorithm = '', ...parts] = names.slice(names.indexOf('content-v2') + 1)
  const expected = parts.join('')
  if (LENGTHS[algorithm] !== expected.length) throw new Unprovable('an unknown kind of hash')
  const found = hashFile(file, algorithm)
  if (found === undefined) throw new Unprovable('an unknown kind of hash')
  if (found !== expected) throw new Damaged(`its ${algorithm} does not match its name`)
}

/**
 * Checks a bucket: each line is the sha1 of a text, a tab, and the text. npm skips lines that do not
 * match.
 */
export function checkIndex(file: OpenFile): void {
  const bytes = readWhole(file)
  for (let from = 0; from < bytes.length;) {
    const newline = bytes.indexOf(10, from)
    const end = newline < 0 ? bytes.length : newline
    if (end > from) checkLine(bytes.subarray(from, end))
    from = end + 1
  }
  if (bytes.length === 0) throw new Damaged('it is empty')
}

function checkLine(line: Buffer): void {
  const found = createHash('sha1').update(line.subarray(41)).digest('hex')
  if (line[40] !== 9 || line.toString('latin1', 0, 40) !== found) {
    throw new Damaged('a line is truncated or changed')
  }
}
