import { closeSync, readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { nameIn } from '../../catalogue/core/group'
import { type CacheDirectory, cacheDirectoryNamed } from '../core/places'
import { isInnerDirectory } from '../../catalogue/core/system'
import { isNeeded } from '../../catalogue/core/image-units'
import type { RemovalStep } from '../../package-managers/core/steps'
import { renewGeneration } from './generation'
import { measure, walk, type Output } from '../../../foundation/files/find'
import { withLocks } from './tool-lock'
import { Remover } from './remove'
import { at, openDirectory, openIfThere } from '../../../foundation/files/walker'

/**
 * Lists and removes content of a cache directory: in the root helper on a Dokku server, in the program
 * itself elsewhere. A missing cache counts as empty.
 */

/** The locks of the tools, by cache, relative to its directory. */
const LOCKS: Readonly<Record<string, readonly string[]>> = {
  uv: ['.lock'],
  cargo: ['.package-cache-mutate', '.package-cache'],
}

/** Names of the locks of a cache's tool. */
export function locksIn(cache: string): readonly string[] {
  return LOCKS[cache] ?? []
}

/** Steps between two progress messages. */
const STRIDE = 500

export interface Progress {
  /** Steps so far, including those that removed nothing, and files that were deleted by age. */
  readonly done: number
  /** Bytes freed so far. */
  readonly freed: number
}

export interface RemovedSteps {
  /** Freed bytes. A hard-linked file counts when its last name is removed. */
  readonly freed: number
  /** Files that were deleted by age. */
  readonly expired: number
  /** Indices of the steps that removed nothing. */
  readonly left: readonly number[]
  /** The first error of the system, as one line; '' if none. */
  readonly trouble: string
}

/** Calls a function with the open directory of a cache; returns undefined if it is missing. */
export async function withCache<T>(
  root: string,
  cache: CacheDirectory,
  use: (directory: number) => Promise<T>,
): Promise<T | undefined> {
  const directory = openCache(root, cache)
  if (directory === undefined) return undefined
  try {
    return await use(directory)
  } finally {
    closeSync(directory)
  }
}

function openCache(root: string, cache: CacheDirectory): number | undefined {
  return openIfThere(`${root}/${cache.directory}`)
}

/**
 * Writes a record for each entry of a cache, with names (`walk`) or without (`measure`). Returns false
 * if something could not be read. Throws KnownError for a link instead of a directory.
 */
export async function listCache(
  root: string,
  cache: CacheDirectory,
  verb: 'walk' | 'measure',
  output: Output,
): Promise<boolean> {
  const list = verb === 'walk' ? walk : measure
  return (await withCache(root, cache, (directory) => list(directory, output))) ?? true
}

/** Directories of systems and base images in an open cache: tools see each one as a whole cache. */
function systemsIn(directory: number): readonly string[] {
  return readdirSync(at(directory, '.'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isInnerDirectory(entry.name))
    .map((entry) => entry.name)
}

/** Calls a function while holding the tool's locks of a cache and of each system's directory in it. */
async function withToolLocks<T>(
  directory: number,
  cache: CacheDirectory,
  waiting: () => void,
  use: () => Promise<T>,
): Promise<T> {
  const names = locksIn(cache.name)
  const systems: number[] = []
  try {
    if (names.length > 0) {
      for (const name of systemsIn(directory)) systems.push(openDirectory(directory, name))
    }
    const locks = [directory, ...systems].flatMap((fd) =>
      names.map((name) => ({ directory: fd, name })),
    )
    return await withLocks(locks, waiting, use)
  } finally {
    for (const fd of systems) closeSync(fd)
  }
}

/** The same batches; undefined if they have no steps. */
async function startOf(
  batches: AsyncIterable<readonly RemovalStep[]> | Iterable<readonly RemovalStep[]>,
): Promise<AsyncIterable<readonly RemovalStep[]> | undefined> {
  const all = (async function* () {
    yield* batches
  })()
  for (;;) {
    const { done, value } = await all.next()
    if (done === true) return undefined
    if (value.length === 0) continue
    return (async function* () {
      yield value
      yield* all
    })()
  }
}

/** Changes the generation. This happens before the first removal, in case the run is killed. */
export function renewGenerationOf(root: string, cache: CacheDirectory): void {
  const whole = openCache(root, cacheDirectoryNamed(nameIn(cache.group, cache.name)))
  if (whole === undefined) return
  try {
    renewGeneration(whole)
  } finally {
    closeSync(whole)
  }
}

/**
 * Applies steps in the directory of a cache, in order, while holding the tool's locks. What was renamed
 * for deletion is deleted after the locks are released. Throws KnownError if a tool does not release
 * its lock.
 */
export async function removeFromCache(
  root: string,
  cache: CacheDirectory,
  batches: AsyncIterable<readonly RemovalStep[]> | Iterable<readonly RemovalStep[]>,
  progress: (progress: Progress) => void,
): Promise<RemovedSteps> {
  const left: number[] = []
  let done = 0
  let freed = 0
  let expired = 0
  let trouble = ''
  const say = () => progress({ done: done + expired, freed })
  const apply = async (remover: Remover, all: AsyncIterable<readonly RemovalStep[]>) => {
    for await (const batch of all) {
      for (const step of batch) {
        if (done === 0 && isNeeded(cache.name)) renewGenerationOf(root, cache)
        if (step.action === 'expire') await remover.expire(step)
        else if (!remover.apply(step)) left.push(done)
        done += 1
        if (done % STRIDE > 0) continue
        say()
        // Lets Node handle signals.
        await setImmediate()
      }
    }
  }
  await withCache(root, cache, async (directory) => {
    let freedThings = 0
    const remover = new Remover(directory, (bytes, isExpired = false) => {
      freed += bytes
      freedThings += 1
      if (isExpired) expired += 1
      if (freedThings % STRIDE === 0) say()
    })
    await remover.empty()
    const steps = await startOf(batches)
    if (steps) {
      await withToolLocks(directory, cache, say, () => apply(remover, steps))
      await remover.empty()
    }
    trouble = remover.trouble
  })
  return { freed, expired, left, trouble }
}
