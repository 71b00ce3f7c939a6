import { NOTHING, type Damage, type Tally, type Task } from '../../package-managers/core/task'
import { DirectoryWalker } from '../../../foundation/files/walker'
import { checkTask } from './check'
import { read } from '../../package-managers/host/file'

/** The result of some tasks. */
export interface Checked {
  readonly tally: Tally
  readonly damages: readonly Damage[]
}

/** Checks entries in an open directory, one after the other. */
export class Checking {
  private readonly way: DirectoryWalker

  constructor(directory: number) {
    this.way = new DirectoryWalker(directory)
  }

  async check(tasks: readonly Task[]): Promise<Checked> {
    const damages: Damage[] = []
    const before = read.bytes
    const counts = { ...NOTHING }
    for (const task of tasks) {
      const verdict = await checkTask(task, this.way)
      if (!verdict) continue
      counts[verdict.state] += 1
      if (verdict.state === 'damaged') {
        const { why = '', phases = [] } = verdict
        damages.push({ path: task.path, why, phases })
      }
    }
    return { tally: { ...counts, bytes: read.bytes - before }, damages }
  }

  close(): void {
    this.way.close()
  }
}
