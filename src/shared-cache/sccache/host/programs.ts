import { createHash } from 'node:crypto'
import { chmodSync, closeSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import {
  PROGRAMS,
  SCCACHE_FILE,
  SCCACHE_SUMS,
  SCCACHE_VERSION,
  WRAPPER,
  WRAPPER_FILE,
} from '../../catalogue/core/sccache'
import { KnownError } from '../../../foundation/core/errors'
import { at, codeOf, openDirectory, openPath } from '../../../foundation/files/walker'
import { putText, replaceFile } from '../../../foundation/files/replace-file'

/** Many times the size of the program. */
const MOST_BYTES = 200_000_000

/** Opens a directory that only root can write; creates it if it is missing. */
function openOrMake(parent: number, name: string): number {
  try {
    mkdirSync(at(parent, name), { mode: 0o755 })
    // mkdir applies the umask.
    chmodSync(at(parent, name), 0o755)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  return openDirectory(parent, name)
}

/** Writes the script that cargo calls, below the open root of the caches. Runs as root. */
export function placeWrapper(top: number): void {
  const directory = openOrMake(top, PROGRAMS)
  try {
    // Replaced by rename: a build may be running it.
    putText(at(directory, WRAPPER_FILE), WRAPPER, 0o755)
  } finally {
    closeSync(directory)
  }
}

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
    placeWrapper(top)
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
