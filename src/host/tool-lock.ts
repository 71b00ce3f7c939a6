import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { KnownError } from '../core/errors'
import { at, codeOf, withName } from './tree'

/** Seconds to wait for a tool that holds its lock. */
const PATIENCE = 60

/**
 * Takes a tool's own lock, a file in an open directory, for this process alone. The lock is that of
 * the open file, which the program flock only shares: it goes when the file is closed, and with this
 * process. Gives back the open file. Throws KnownError when a tool keeps it for a minute, or when
 * something else than a file is there.
 */
function take(directory: number, name: string, waiting: () => void): number {
  const fd = openLock(directory, name)
  const flock = (...options: string[]) =>
    spawnSync('flock', ['-x', ...options, '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] })
      .status
  if (flock('-n') === 0) return fd
  waiting()
  if (flock('-w', String(PATIENCE)) === 0) return fd
  closeSync(fd)
  throw new KnownError(`A tool has held its lock ${name} for ${PATIENCE} seconds`, {
    hint: 'Nothing was removed there. Try again when the builds and deploys that run are over.',
  })
}

/** Opens a lock file, made where it is missing; never a device or a pipe that was put there. */
function openLock(directory: number, name: string): number {
  try {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL
    return openSync(at(directory, name), flags, 0o666)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  return withName(directory, name, (fd, stats) => {
    if (!stats.isFile()) throw new KnownError(`The lock ${name} of a cache is not a file`)
    return openSync(`/proc/self/fd/${fd}`, constants.O_RDWR)
  })
}

/** Runs something while holding locks, taken in this order. Throws like `take`. */
export async function withLocks<T>(
  directory: number,
  names: readonly string[],
  waiting: () => void,
  use: () => Promise<T>,
): Promise<T> {
  const held: number[] = []
  try {
    for (const name of names) held.push(take(directory, name, waiting))
    return await use()
  } finally {
    for (const fd of held) closeSync(fd)
  }
}
