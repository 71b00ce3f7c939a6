import { toKnownError } from '../process/system-error'

/**
 * The standard output of a command that nobody reads, or that cannot be written. Node reports both
 * after the write, as an event of the stream; without a listener it ends the process in the middle of
 * its work.
 */

let isChanging = false
let isLost = false
let why: string | null = null

/** From now on this process changes things: it finishes them when nobody reads its output. */
export function finishWithoutReader(): void {
  isChanging = true
}

function onLost(error: NodeJS.ErrnoException): void {
  if (isLost) return
  isLost = true
  // A reader that has seen enough (`| head`) is no failure.
  if (error.code !== 'EPIPE') {
    const known = toKnownError(error, 'the output')
    why = known instanceof Error ? known.message : String(known)
  }
  if (!isChanging) process.exit(reportLoss(0))
}

/**
 * Listens for failures of the standard streams. A command that only reads ends at once, one that changes
 * things goes on. Where nobody can read errors either, there is nothing left to say.
 */
export function watchOutput(): void {
  process.stdout.on('error', onLost)
  process.stderr.on('error', () => undefined)
}

/** The exit code of a command whose own is `exit`: 1 where its output could not be written. */
export function reportLoss(exit: number): number {
  if (why === null) return exit
  process.stderr.write(` !     Not everything was printed: ${why}\n`)
  why = null
  return exit === 0 ? 1 : exit
}

export function writeOutput(text: string): void {
  if (!isLost) process.stdout.write(text)
}

/** Waits until the reader has taken what was written so far, or has gone. */
export async function outputTaken(): Promise<void> {
  const { stdout } = process
  if (isLost || !stdout.writableNeedDrain) return
  await new Promise<void>((resolve) => {
    const over = () => {
      for (const event of ['drain', 'error', 'close']) stdout.off(event, over)
      resolve()
    }
    for (const event of ['drain', 'error', 'close']) stdout.on(event, over)
  })
}
