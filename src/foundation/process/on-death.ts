import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

/** Ends the watch of `onDeath`: the program is not run. */
export type Disarm = () => Promise<void>

/**
 * Runs a program when this process dies before it has called the returned function, however it dies: a
 * process in a session of its own waits for the end of a pipe that only this process has. Its output is
 * appended to the file `log`.
 */
export function onDeath(
  file: string,
  args: readonly string[],
  log: string,
): Promise<Disarm> {
  const out = openSync(log, 'a', 0o600)
  // The first line says that it waits; the second that there is nothing to do.
  const script = 'echo ready; read -r word; [ "$word" = over ] && exit 0; exec "$@" >&2'
  const watcher = spawn('sh', ['-c', script, 'sh', file, ...args], {
    stdio: ['pipe', 'pipe', out],
    detached: true,
    cwd: '/',
  })
  closeSync(out)
  const ended = new Promise<void>((resolve) => watcher.once('close', () => resolve()))
  watcher.stdin.on('error', () => undefined)
  return new Promise((resolve, reject) => {
    watcher.once('error', reject)
    watcher.once('close', () => reject(new Error('the process that watches this one has ended')))
    watcher.stdout.once('data', () =>
      resolve(async () => {
        watcher.stdin.end('over\n')
        await ended
      }),
    )
  })
}
