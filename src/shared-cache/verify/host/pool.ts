import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import type { Task } from '../../package-managers/core/task'
import { Checking, type Checked } from './worker'

/** More would outrun a disk, and each takes some megabytes. */
const MOST = 4

/** A program is one file, and that file is its threads' program too. There are no threads without it. */
const PROGRAM = __filename.endsWith('.cjs') ? __filename : undefined

/**
 * Checks batches of things below an open directory, as many at once as there are cores. On one core a
 * thread beside this one would only cost.
 */
export class Pool {
  private readonly idle: Checker[]
  private readonly all: readonly Checker[]
  private readonly working = new Set<Promise<void>>()

  constructor(
    directory: number,
    private readonly done: (checked: Checked) => void,
  ) {
    const width = Math.min(MOST, availableParallelism())
    this.all =
      PROGRAM && width > 1
        ? Array.from({ length: width }, () => threadOf(PROGRAM, directory))
        : [new Checking(directory)]
    this.idle = [...this.all]
  }

  /** Takes a batch; the promise is open until another one can be taken. */
  async take(tasks: readonly Task[]): Promise<void> {
    const checker = await this.free()
    const work = checker.check(tasks).then((checked) => {
      this.done(checked)
      this.idle.push(checker)
      this.working.delete(work)
    })
    // Whoever takes or settles next hears of a failure.
    work.catch(() => undefined)
    this.working.add(work)
    if (this.idle.length === 0) await Promise.race(this.working)
  }

  /** Waits for all that was taken. */
  async settle(): Promise<void> {
    await Promise.all(this.working)
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((checker) => checker.close()))
  }

  private async free(): Promise<Checker> {
    for (;;) {
      const checker = this.idle.pop()
      if (checker) return checker
      await Promise.race(this.working)
    }
  }
}

interface Checker {
  check(tasks: readonly Task[]): Promise<Checked>
  close(): unknown
}

function threadOf(program: string, directory: number): Checker {
  const thread = new Worker(program, { workerData: directory })
  return {
    async check(tasks) {
      thread.postMessage(tasks)
      const [checked] = (await once(thread, 'message')) as [Checked]
      return checked
    },
    close: () => thread.terminate(),
  }
}

/** What a thread does: the number of an open directory is the same in all threads of a process. */
export function serveChecks(): void {
  const port = parentPort
  const checking = new Checking(workerData as number)
  port?.on('message', (tasks: readonly Task[]) => {
    void checking.check(tasks).then((checked) => port.postMessage(checked))
  })
}
