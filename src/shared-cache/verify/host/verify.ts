import { checksOf } from '../core/findings'
import {
  addTallies,
  NOTHING,
  removal,
  type Damage,
  type Tally,
  type Task,
} from '../../package-managers/core/task'
import type { CacheDirectory } from '../../directories/core/places'
import type { Entry } from '../../../foundation/core/entry'
import { archiveOf } from '../../package-managers/uv/core/prune-units'
import { readEntries, walk } from '../../../foundation/files/find'
import { TRASH } from '../../directories/host/remove'
import { DirectoryWalker } from '../../../foundation/files/walker'
import { withCache } from '../../directories/host/contents'
import { stepFor } from '../../package-managers/host/file'
import { besides } from './phases'
import { Pool } from './pool'
import type { Checked } from './worker'

/** Maximum entries and bytes in a batch, so that all threads finish at about the same time. */
const THINGS = 128
const BYTES = 16 << 20

/** Bytes that an unpacked wheel counts as: its size is unknown before it is read. */
const DIRECTORY = 4 << 20

/** Milliseconds between two progress messages. */
const PAUSE = 250

/** What a verification reports while it runs. */
export type Told = { readonly damage: Damage } | { readonly progress: Tally }

/** The result of verifying one cache. */
export interface Verified {
  readonly tally: Tally
  /** False if directories could not be read. */
  readonly complete: boolean
  /** Whether a killed run left entries that it had renamed but not deleted. */
  readonly leftovers: boolean
}

/**
 * Checks every entry of a cache that can be checked, and changes nothing. A missing cache is empty.
 * `now` in milliseconds since the epoch. Throws KnownError for a link instead of a directory, and for a
 * cache that cannot be verified.
 */
export async function verifyDirectory(
  root: string,
  cache: CacheDirectory,
  now: number,
  tell: (told: Told) => void,
): Promise<Verified> {
  const taskOf = checksOf(cache.name, now)
  const verified = await withCache(root, cache, (directory) => verifyOpen(directory, taskOf, tell))
  return verified ?? { tally: NOTHING, complete: true, leftovers: false }
}

async function verifyOpen(
  directory: number,
  taskOf: (entry: Entry) => Task | undefined,
  tell: (told: Told) => void,
): Promise<Verified> {
  let tally = NOTHING
  const archives: Damage[] = []
  const take = ({ tally: more, damages }: Checked) => {
    tally = addTallies(tally, more)
    for (const damage of damages) {
      if (damage.phases[0]?.length === 0) archives.push(damage)
      else tell({ damage })
    }
  }
  const progress = setInterval(() => tell({ progress: tally }), PAUSE)
  const pool = new Pool(directory, take)
  try {
    const batches = new Batches()
    let leftovers = false
    const read = readEntries((entry) => {
      leftovers ||= entry.path.startsWith(TRASH)
      batches.add(entry, taskOf(entry))
    })
    const complete = await walk(directory, async (chunk) => {
      read(chunk)
      for (const batch of batches.full()) await pool.take(batch)
    })
    for (const batch of batches.rest()) await pool.take(batch)
    await pool.settle()
    for (const damage of await withLeading(directory, archives)) tell({ damage })
    return { tally, complete, leftovers }
  } finally {
    clearInterval(progress)
    await pool.close()
  }
}

/** Makes batches of the tasks of a walk. */
class Batches {
  private ready: Task[][] = []
  private batch: Task[] = []
  private bytes = 0

  add(entry: Entry, task: Task | undefined): void {
    if (!task) return
    this.batch.push(task)
    this.bytes += entry.type === 'directory' ? DIRECTORY : entry.bytes
    if (this.batch.length >= THINGS || this.bytes >= BYTES) this.finish()
  }

  full(): readonly Task[][] {
    return this.ready.splice(0)
  }

  rest(): readonly Task[][] {
    if (this.batch.length > 0) this.finish()
    return this.full()
  }

  private finish(): void {
    this.ready.push(this.batch)
    this.batch = []
    this.bytes = 0
  }
}

/** Adds to each damaged archive of uv the links to it, which are removed first. */
async function withLeading(directory: number, archives: readonly Damage[]): Promise<Damage[]> {
  if (archives.length === 0) return []
  const leading = new Map(archives.map(({ path }) => [path, [] as Entry[]]))
  await walk(
    directory,
    readEntries((entry) => {
      const archive = archiveOf(entry)
      if (archive !== undefined) leading.get(archive)?.push(entry)
    }),
  )
  const way = new DirectoryWalker(directory)
  try {
    return archives.map((damage) => {
      const steps = (leading.get(damage.path) ?? []).flatMap((link) => [
        removal(link),
        ...besides(link.path).flatMap((path) => stepFor(way, path) ?? []),
      ])
      return { ...damage, phases: [steps, ...damage.phases.slice(1)] }
    })
  } finally {
    way.close()
  }
}
