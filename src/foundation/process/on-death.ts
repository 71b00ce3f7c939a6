import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

/** Ends the watch of `onDeath`: the program is not run. */
export type Disarm = () => Promise<void>

/** The first line says that it waits, the second one that there is nothing to do. */
const SCRIPT = 'echo ready; read -r word; [ "$word" = over ] && exit 0; exec "$@" >&2 </dev/null'

/**
 * Runs a program if this process dies before it has called the returned function, however it dies: a
 * process in a session of its own waits for the end of a pipe that only this process has. Its output is
 * appended to the file `log`. Throws if no process can be started.
 */
export function onDeath(file: string, args: readonly string[], log: string): Promise<Disarm> {
  const out = openSync(log, 'a', 0o600)
  const stdio: ['pipe', 'pipe', number] = ['pipe', 'pipe', out]
  const watcher = spawn('sh', ['-c', SCRIPT, 'sh', file, ...args], {
    ...{ stdio, detached: true, cwd: '/' },
  })
  const { stdin, stdout } = watcher
  closeSync(out)
  const ended = new Promise<void>((resolve) => watcher.once('close', () => resolve()))
  return new Promise((resolve, reject) => {
    watcher.once('error', reject)
    watcher.once('close', () => reject(new Error('the process that watches this one has ended')))
    stdin?.on('error', () => undefined)
    stdout?.once('data', () =>
      resolve(async () => {
        stdin?.end('over\n')
        await ended
      }),
    )
  })
}
