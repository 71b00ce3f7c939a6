import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import type { Task } from '../../package-managers/core/task'
import { Checking, type Checked } from './worker'

/** A disk is slower than more threads, and each thread needs several megabytes. */
const MOST = 4

/** The bundle, which its threads also run. Without a bundle there are no threads. */
const PROGRAM = __filename.endsWith('.cjs') ? __filename : undefined

/**
 * Checks batches of entries below an open directory, in one thread per core. With one core it uses no
 * threads.
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

  /** Takes a batch. The promise resolves when another one can be taken. */
  async take(tasks: readonly Task[]): Promise<void> {
    const checker = await this.free()
    const work = checker.check(tasks).then((checked) => {
      this.done(checked)
      this.idle.push(checker)
      this.working.delete(work)
    })
    // The next call of take or settle throws the failure.
    work.catch(() => undefined)
    this.working.add(work)
    if (this.idle.length === 0) await Promise.race(this.working)
  }

  /** Waits for all batches. */
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

/** The program of a thread. All threads of a process use the same numbers for open directories. */
export function serveChecks(): void {
  const port = parentPort
  const checking = new Checking(workerData as number)
  port?.on('message', (tasks: readonly Task[]) => {
    void checking.check(tasks).then((checked) => port.postMessage(checked))
  })
}
