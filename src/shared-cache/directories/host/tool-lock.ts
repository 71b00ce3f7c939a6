import { closeSync, constants, openSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { KnownError } from '../../../foundation/core/errors'
import { callNow, NO_SUCH_PROGRAM } from '../../../foundation/process/call'
import { at, codeOf, withName } from '../../../foundation/files/walker'

/** Milliseconds to wait for a tool's lock, and between two attempts. */
const PATIENCE = 60_000
const PAUSE = 250

/** A lock of a tool: a file in an open directory. */
export interface Lock {
  readonly directory: number
  readonly name: string
}

/**
 * Calls a function while this process holds locks of a tool: files in an open directory. The locks end
 * with this process. Either all are locked or none, to avoid deadlocks with tools. `waiting` is called
 * if they are not free at once. Throws KnownError if a tool holds one for `patience` milliseconds, or
 * if a lock is not a file.
 */
export async function withLocks<T>(
  locks: readonly Lock[],
  waiting: () => void,
  use: () => Promise<T>,
  patience = PATIENCE,
): Promise<T> {
  const open: number[] = []
  try {
    for (const lock of locks) open.push(openLock(lock))
    for (let waited = 0; !lockAll(open); waited += PAUSE) {
      if (waited === 0) waiting()
      if (waited >= patience) throw lockedTooLong(locks.map((lock) => lock.name))
      await setTimeout(PAUSE)
    }
    return await use()
  } finally {
    for (const fd of open) closeSync(fd)
  }
}

function lockedTooLong(names: readonly string[]): KnownError {
  return new KnownError(`A tool has held its lock (${names.join(', ')}) for a minute`, {
    hint: 'Nothing was removed there. Wait for running builds and deploys, then try again.',
  })
}

/** Locks all open files, or none. */
function lockAll(fds: readonly number[]): boolean {
  const index = fds.findIndex((fd) => !flock(fd, '-x', '-n'))
  if (index < 0) return true
  for (const fd of fds.slice(0, index)) flock(fd, '-u')
  return false
}

/** Locks an open file that the program flock inherits: Node has no call for it. */
function flock(fd: number, ...options: string[]): boolean {
  const { exit } = callNow('flock', [...options, '3'], fd)
  if (exit === NO_SUCH_PROGRAM) {
    throw new KnownError('flock is missing: install the package util-linux')
  }
  return exit === 0
}

/** Opens a lock file; creates it if it is missing. Never opens a device or a pipe. */
function openLock({ directory, name }: Lock): number {
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
