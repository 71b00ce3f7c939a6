import { spawn } from 'node:child_process'
import { KnownError } from '../core/errors'

/** Seconds to wait for another run of this plugin before giving up. */
const PATIENCE = 60

function cannotLock(name: string, cause: Error): KnownError {
  return new KnownError(`Cannot lock ${name}: ${cause.message}`, {
    hint: 'The program flock is needed: install the package util-linux, then run this again.',
    cause,
  })
}

/**
 * Calls a function while holding a kernel lock (flock) on a file or directory. A child process holds
 * the lock and ends with this process, even if that is killed, so no lock is left behind. Throws
 * KnownError if another run holds it for longer than a minute, and if flock is missing.
 */
export async function withLock<T>(path: string, name: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', ['-w', String(PATIENCE), path, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => holder.once('close', () => resolve()))
  const held = await new Promise<boolean>((resolve, reject) => {
    holder.once('error', (cause) => reject(cannotLock(name, cause)))
    holder.once('close', () => resolve(false))
    holder.stdout.once('data', () => resolve(true))
  })
  if (!held) {
    throw new KnownError(`Another command is changing ${name}`, {
      hint: 'Wait until it has finished, then run this again.',
    })
  }
  try {
    return await work()
  } finally {
    holder.stdin.end()
    await ended
  }
}
