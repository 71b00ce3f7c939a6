import { chmodSync, closeSync, openSync, unlinkSync } from 'node:fs'
import { OPENING } from '../core/requirements'
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

/** Directories held open at once, and given to one call of setfacl. */
const BATCH = 200

/** Go's modules, and all that is in them, are closed to writing for good reason. */
const NO_MODULE = ['!', '-path', '*@v[0-9]*']

const SEARCH = ['-mindepth', '1', '-maxdepth', '100', ...NO_MODULE]

/** Names that begin with a point are a tool's temporary ones, closed for good reason too. */
const CLOSED = ['-type', 'd', '!', '-perm', '-0777', '!', '-name', '.*', ...NO_MODULE]

/**
 * Whether the directories near the top of a cache are closed to other users, as a person's own
 * script would have left them, or a run that opens them was killed. Looks at two levels: what is
 * below was made by the same hands.
 */
export async function hasClosedDirectories(directory: number): Promise<boolean> {
  if (isThere(directory, OPENING)) return true
  let closed = false
  const near = ['-mindepth', '1', '-maxdepth', '2', ...CLOSED, '-printf', 'x', '-quit']
  await find(directory, near, () => (closed = true))
  return closed
}

export function isThere(directory: number, name: string): boolean {
  try {
    return withName(directory, name, () => true)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Marks a directory as one whose content is to be opened, so that a killed run is taken up again. */
export function markForOpening(directory: number): void {
  if (isThere(directory, OPENING)) return
  closeSync(openSync(at(directory, OPENING), TO_NEW_FILE, 0o600))
}

/**
 * Opens everything below a marked directory to all users: rights and default ACLs of directories,
 * rights of files that lack them. Entries that vanish or are refused are passed by. Parents come
 * first, so what tools make meanwhile is open too.
 */
export async function openUp(directory: number, progress: (done: number) => void): Promise<void> {
  const opener = new Opener(directory)
  let done = 0
  const what = ['(', '-type', 'd', '-o', '-type', 'f', '!', '-perm', '-0666', ')']
  await find(
    directory,
    [...SEARCH, ...what, '-printf', '%y%P\\0'],
    splitAtNul((record) => {
      opener.take(record[0] === 'd', record.slice(1))
      done += 1
      if (done % 5000 === 0) progress(done)
    }),
  )
  opener.finish()
  unlinkSync(at(directory, OPENING))
}

class Opener {
  private readonly way: DirectoryWalker
  private readonly batch: number[] = []

  constructor(root: number) {
    this.way = new DirectoryWalker(root)
  }

  take(isDirectory: boolean, path: string): void {
    if (!staysBelow(path) || path === OPENING) return
    try {
      const [parent, name] = this.way.toParent(path)
      if (isDirectory) this.batch.push(openDirectory(parent, name))
      else openFile(parent, name)
    } catch (error) {
      // Gone, swapped for something else, or immutable: the next one may be none of these.
      if (!isRefusal(error)) throw error
    }
    if (this.batch.length >= BATCH) this.flush()
  }

  finish(): void {
    this.flush()
    this.way.close()
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
 * A file with more than one name may be somebody's elsewhere, and stays. Nothing in a cache has to run
 * as another user, and what all can write must not.
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
