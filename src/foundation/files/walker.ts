import { closeSync, constants, fstatSync, lstatSync, openSync, type BigIntStats } from 'node:fs'
import { KnownError } from '../core/errors'

/**
 * Directories that are open, and what is reached from them. A container's root can plant any link in
 * a cache and swap any directory for one while we work, so nothing here trusts a path that was looked
 * at before: each step goes from an open directory to one name in it, and never through a link. Node
 * has no openat; `/proc/self/fd/N/NAME` is the same walk.
 */

/** Opens a name without reading it, a link itself too. Linux's number; Node has no name for it. */
const O_PATH = 0o10000000

const TO_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** Flags that make a file where nothing is, not even a link. */
export const TO_NEW_FILE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** A name that nothing has yet, by how it begins. */
export function freshName(prefix: string): string {
  return `${prefix}${process.pid}-${process.hrtime.bigint()}`
}

/** The path of a name in an open directory, for one system call that does not follow links. */
export function at(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`
}

/** The path of an open file as other processes see it, while this one holds it. */
export function seenByOthers(fd: number): string {
  return `/proc/${process.pid}/fd/${fd}`
}

/**
 * Whether the system refused, or found something else than was expected, about one thing: that does
 * not stop the others. Anything else is a defect.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof KnownError || (error instanceof Error && 'syscall' in error)
}

/** The code of a failed system call; undefined for any other error. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}

/**
 * Opens a directory in an open directory. Throws KnownError for a link or anything else that is no
 * directory, named as `shown`; the system's own error where there is nothing or no permission.
 */
export function openDirectory(parent: number, name: string, shown = name): number {
  try {
    return openSync(at(parent, name), TO_DIRECTORY)
  } catch (error) {
    const code = codeOf(error)
    if (code !== 'ENOTDIR' && code !== 'ELOOP') throw error
    throw new KnownError(
      isLink(at(parent, name)) ? `${shown} is a symbolic link` : `${shown} is not a directory`,
      { hint: 'The caches are never reached through links: put a directory there.' },
    )
  }
}

/**
 * Opens a directory by its absolute path, one name after the other, so that no part of it can be a
 * link. Throws like `openDirectory`.
 */
export function openPath(path: string): number {
  let directory = openSync('/', TO_DIRECTORY)
  let shown = ''
  for (const name of path.split('/').filter((part) => part !== '')) {
    shown += `/${name}`
    const parent = directory
    try {
      directory = openDirectory(parent, name, shown)
    } finally {
      closeSync(parent)
    }
  }
  return directory
}

/** Opens a directory by its absolute path like `openPath`; undefined where it is missing. */
export function openIfThere(path: string): number | undefined {
  try {
    return openPath(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Runs something with a name held open, whatever it is, and what it is. Reads nothing of it. */
export function withName<T>(
  parent: number,
  name: string,
  use: (fd: number, stats: BigIntStats) => T,
): T {
  const fd = openSync(at(parent, name), O_PATH | constants.O_NOFOLLOW)
  try {
    return use(fd, fstatSync(fd, { bigint: true }))
  } finally {
    closeSync(fd)
  }
}

/** Whether a path from elsewhere stays below the directory it is relative to. */
export function staysBelow(path: string): boolean {
  return path
    .split('/')
    .every((name) => name !== '' && name !== '.' && name !== '..' && !name.includes('\0'))
}

/**
 * The open directories on the way to one path. Entries of one directory come one after the other, so
 * the next path mostly needs what is open already.
 */
export class DirectoryWalker {
  private readonly names: string[] = []
  private readonly open: number[] = []

  constructor(private readonly root: number) {}

  /** Opens the directory of these names below the root. Throws like `openDirectory`. */
  to(names: readonly string[]): number {
    let same = 0
    while (same < this.names.length && this.names[same] === names[same]) same += 1
    this.leave(same)
    for (const name of names.slice(same)) {
      this.open.push(openDirectory(this.here(), name))
      this.names.push(name)
    }
    return this.here()
  }

  /** Opens the directory that a path below the root is in; gives it back with the path's last name. */
  toParent(path: string): readonly [parent: number, name: string] {
    const names = path.split('/')
    const name = names.pop() ?? ''
    return [this.to(names), name]
  }

  close(): void {
    this.leave(0)
  }

  private here(): number {
    return this.open.at(-1) ?? this.root
  }

  private leave(depth: number): void {
    for (const fd of this.open.splice(depth)) closeSync(fd)
    this.names.length = this.open.length
  }
}
