import { chmodSync, closeSync, openSync, unlinkSync } from 'node:fs'
import { OPENING } from '../core/places'
import { openToAll } from './acl'
import { find, splitAtNul } from '../../../foundation/files/find'
import {
  at,
  codeOf,
  isRefusal,
  openDirectory,
  staysBelow,
  TO_NEW_FILE,
  DirectoryWalker,
  withName,
} from '../../../foundation/files/walker'

/** Directories that are open at once, for one call of setfacl. */
const BATCH = 200

/** Go makes its modules read-only on purpose. */
const NO_MODULE = ['!', '-path', '*@v[0-9]*']

const SEARCH = ['-mindepth', '1', '-maxdepth', '100', ...NO_MODULE]

export function isThere(directory: number, name: string): boolean {
  try {
    return withName(directory, name, () => true)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Marks a directory whose content will be opened, so that the next run continues a killed one. */
export function markForOpening(directory: number): void {
  if (isThere(directory, OPENING)) return
  closeSync(openSync(at(directory, OPENING), TO_NEW_FILE, 0o600))
}

/**
 * Opens everything below a marked directory to all users: modes and default ACLs of directories, modes
 * of files. Entries that disappear or cannot be changed are skipped. Parents come first, so that files
 * which tools make at the same time are open too.
 */
export async function openUp(directory: number, progress: (done: number) => void): Promise<void> {
  const opener = new Opener(directory)
  let done = 0
  const what = ['(', '-type', 'd', '-o', '-type', 'f', '!', '-perm', '-0666', ')']
  await find(
    directory,
    [...SEARCH, ...what, '-printf', '%y%P\\0'],
    splitAtNul((record) => {
      opener.open(record[0] === 'd', record.slice(1))
      done += 1
      if (done % 5000 === 0) progress(done)
    }),
  )
  opener.finish()
  unlinkSync(at(directory, OPENING))
}

class Opener {
  private readonly walker: DirectoryWalker
  private readonly batch: number[] = []

  constructor(root: number) {
    this.walker = new DirectoryWalker(root)
  }

  open(isDirectory: boolean, path: string): void {
    if (!staysBelow(path) || path === OPENING) return
    try {
      const [parent, name] = this.walker.toParent(path)
      if (isDirectory) this.batch.push(openDirectory(parent, name))
      else openFile(parent, name)
    } catch (error) {
      // Deleted, replaced or immutable: continue with the next one.
      if (!isRefusal(error)) throw error
    }
    if (this.batch.length >= BATCH) this.flush()
  }

  finish(): void {
    this.flush()
    this.walker.close()
  }

  private flush(): void {
    const refused = openToAll(this.batch, true) !== undefined
    for (const fd of this.batch) {
      if (refused) chmodQuietly(`/proc/self/fd/${fd}`, 0o777)
      closeSync(fd)
    }
    this.batch.length = 0
  }
}

/**
 * Opens a file to all users. A file with several names may be used elsewhere, and is not changed.
 * Clears the setuid and setgid bits: a file that all users can write must not run as another user.
 */
function openFile(parent: number, name: string): void {
  withName(parent, name, (fd, stats) => {
    if (!stats.isFile() || stats.nlink > 1n) return
    const run = Number(stats.mode) & 0o111 ? 0o111 : 0
    chmodSync(`/proc/self/fd/${fd}`, 0o666 | run)
  })
}

function chmodQuietly(path: string, mode: number): void {
  try {
    chmodSync(path, mode)
  } catch (error) {
    if (!isRefusal(error)) throw error
  }
}
