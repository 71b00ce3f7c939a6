import { createHash } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import {
  PROGRAMS,
  SCCACHE_FILE,
  SCCACHE_SUMS,
  WRAPPER,
  WRAPPER_FILE,
} from '../../core/builds/sccache'
import { KnownError } from '../../core/errors'
import { at, codeOf, openDirectory, openPath } from '../caches/tree'

/** Many times what the program has. */
const MOST_BYTES = 200_000_000

function isAlready(directory: number, name: string, text: string): boolean {
  try {
    return readFileSync(at(directory, name), 'utf8') === text
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Writes beside and renames: a build may be calling the file. */
function put(directory: number, name: string, content: string | Uint8Array): void {
  const beside = `.${name}.new`
  rmSync(at(directory, beside), { force: true })
  const fd = openSync(at(directory, beside), 'wx', 0o755)
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  // After the umask.
  chmodSync(at(directory, beside), 0o755)
  renameSync(at(directory, beside), at(directory, name))
}

/** Opens the directory of the programs, made where it is missing: root's, and nobody else's to write. */
function openPrograms(top: number): number {
  try {
    mkdirSync(at(top, PROGRAMS), { mode: 0o755 })
    chmodSync(at(top, PROGRAMS), 0o755)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  return openDirectory(top, PROGRAMS)
}

/** Puts the script before the compiler in its place, below the open root of the caches. Run by root. */
export function placeWrapper(top: number): void {
  const directory = openPrograms(top)
  try {
    if (!isAlready(directory, WRAPPER_FILE, WRAPPER)) put(directory, WRAPPER_FILE, WRAPPER)
  } finally {
    closeSync(directory)
  }
}

async function readAll(input: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of input) {
    size += (chunk as Buffer).length
    if (size > MOST_BYTES) throw new KnownError('That is larger than sccache can be')
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

/**
 * Installs sccache from its bytes, whoever brought them: only those of the version that is pinned are
 * taken. Run by root. Throws KnownError for any others.
 */
export async function installSccache(root: string, input: AsyncIterable<unknown>): Promise<void> {
  const bytes = await readAll(input)
  const sum = createHash('sha256').update(bytes).digest('hex')
  if (sum !== SCCACHE_SUMS[process.arch]) throw new KnownError(`That is not ${SCCACHE_FILE}`)
  const top = openPath(root)
  try {
    placeWrapper(top)
    const directory = openPrograms(top)
    try {
      put(directory, SCCACHE_FILE, bytes)
      const others = readdirSync(at(directory, '.')).filter(
        (name) => name.startsWith('sccache-') && name !== SCCACHE_FILE,
      )
      for (const name of others) unlinkSync(at(directory, name))
    } finally {
      closeSync(directory)
    }
  } finally {
    closeSync(top)
  }
}
