import { closeSync, constants, fstatSync, lstatSync, openSync, type BigIntStats } from 'node:fs'
import { KnownError } from '../core/errors'

export { staysBelow } from '../core/relative-path'

/**
 * Walks directories that others can change at the same time. Root in a container can create any link in
 * a mounted directory, and replace a directory by a link at any moment. So an earlier check of a path
 * proves nothing: each step goes from an open directory to one name in it, and never follows a link.
 * Node has no openat; `/proc/self/fd/N/NAME` does the same.
 */

/** Opens a file, directory or link without reading it. Node has no name for this Linux flag. */
const O_PATH = 0o10000000

const TO_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** Flags that create a file, and fail if the name exists, even as a link. */
export const TO_NEW_FILE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** A new name with the prefix `prefix`. */
export function freshName(prefix: string): string {
  return `${prefix}${process.pid}-${process.hrtime.bigint()}`
}

/** The path of a name in an open directory, for a single system call that does not follow links. */
export function at(directory: number, name: string): string
export function at(directory: number, name: Name): Name
export function at(directory: number, name: Name): Name {
  const path = `/proc/self/fd/${directory}/`
  return typeof name === 'string' ? path + name : Buffer.concat([Buffer.from(path), name])
}

/** A name as text, or as bytes: a name need not be text. */
export type Name = string | Buffer

/** The bytes of a name whose characters are bytes (latin1), as walks and archives give it. */
export function bytesOf(name: string): Buffer {
  return Buffer.from(name, 'latin1')
}

/** The path of an open file of this process, for other processes. */
export function seenByOthers(fd: number): string {
  return `/proc/${process.pid}/fd/${fd}`
}

/**
 * Whether an error concerns one file only: the system refused, or the file has another type than
 * expected. Work then continues with other files. Any other error is a defect.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof KnownError || (error instanceof Error && 'syscall' in error)
}

/** The code of a failed system call; undefined for any other error. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

function isLink(path: Name): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}

/**
 * Opens a directory in an open directory. Throws KnownError for a link or a file, named as `shown`; the
 * system's own error if the name does not exist or permission is missing.
 */
export function openDirectory(parent: number, name: Name, shown = name.toString()): number {
  try {
    return openSync(at(parent, name), TO_DIRECTORY)
  } catch (error) {
    const code = codeOf(error)
    if (code !== 'ENOTDIR' && code !== 'ELOOP') throw error
    throw new KnownError(
      isLink(at(parent, name)) ? `${shown} is a symbolic link` : `${shown} is not a directory`,
      { hint: 'Links are never followed here: replace it by a directory.' },
    )
  }
}

/**
 * Opens a directory by its absolute path, one name after the other: no part of the path may be a link.
 * Throws like `openDirectory`.
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

/** The same, but undefined if the directory is missing. */
export function openIfThere(path: string): number | undefined {
  try {
    return openPath(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Calls `use` with the open file, directory or link of this name and its stats. Does not read it. */
export function withName<T>(
  parent: number,
  name: Name,
  use: (fd: number, stats: BigIntStats) => T,
): T {
  const fd = openSync(at(parent, name), O_PATH | constants.O_NOFOLLOW)
  try {
    return use(fd, fstatSync(fd, { bigint: true }))
  } finally {
    closeSync(fd)
  }
}

/**
 * The open parent directories of one path. Most paths follow another one in the same directory, so
 * their directories are open already.
 */
export class DirectoryWalker {
  private readonly names: string[] = []
  private readonly open: number[] = []

  /** `encode` gives the name for the system: `bytesOf` for paths whose characters are bytes. */
  constructor(
    private readonly root: number,
    private readonly encode: (name: string) => Name = (name) => name,
  ) {}

  /** Opens the directory of these names below the root. Throws like `openDirectory`. */
  to(names: readonly string[]): number {
    let same = 0
    while (same < this.names.length && this.names[same] === names[same]) same += 1
    this.leave(same)
    for (const name of names.slice(same)) {
      this.open.push(openDirectory(this.here(), this.encode(name), name))
      this.names.push(name)
    }
    return this.here()
  }

  /** Opens the parent directory of a path below the root; returns it and the last name of the path. */
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
