import { spawn } from 'node:child_process'
import { KnownError } from '../core/errors'

/** Seconds to wait for another run of this plugin before giving up. */
const PATIENCE = 60

/**
 * Does something while holding a lock on a file or directory. The kernel's own lock (flock), held by
 * a child that ends when this process does, however it ends: nothing is ever left locked.
 * Throws KnownError when another run holds it for longer than a minute.
 */
export async function withLock<T>(path: string, name: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', ['-w', String(PATIENCE), path, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => {
    holder.once('close', () => {
      resolve()
    })
  })
  const held = await new Promise<boolean>((resolve) => {
    holder.once('error', () => {
      resolve(false)
    })
    holder.once('close', () => {
      resolve(false)
    })
    holder.stdout.once('data', () => {
      resolve(true)
    })
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
