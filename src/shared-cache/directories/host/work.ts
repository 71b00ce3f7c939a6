import { closeSync, readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { nameIn } from '../../catalogue/core/group'
import { type CacheDirectory, cacheDirectoryNamed } from '../core/requirements'
import { isInnerDirectory } from '../../catalogue/core/system'
import { isNeeded } from '../../catalogue/core/image-units'
import type { RemovalStep } from '../../package-managers/core/steps'
import { renewGeneration } from './generation'
import { measure, walk, type Output } from '../../../foundation/files/find'
import { withLocks } from './tool-lock'
import { Remover } from './remove'
import { at, openDirectory, openIfThere } from '../../../foundation/files/walker'

/**
 * What is done in the directory of a cache: by the root helper on a server with Dokku, by the program
 * itself elsewhere. A cache that is not there is empty.
 */

/** Tools' own locks, by cache; below its directory. */
const LOCKS: Readonly<Record<string, readonly string[]>> = {
  uv: ['.lock'],
  cargo: ['.package-cache-mutate', '.package-cache'],
}

/** Names of the locks of the tool whose cache it is. */
export function locksIn(cache: string): readonly string[] {
  return LOCKS[cache] ?? []
}

/** Steps between two messages of progress. */
const STRIDE = 500

export interface Progress {
  /** Steps that are done, left ones included, and files that went by their age alone. */
  readonly done: number
  /** Bytes freed so far. */
  readonly freed: number
}

export interface RemovedSteps {
  /** Bytes really freed: a hard-linked file counts with its last name. */
  readonly freed: number
  /** Files that went by their age alone. */
  readonly expired: number
  /** Indices of the steps that were left. */
  readonly left: readonly number[]
  /** The first thing that the system refused for a reason of its own, in a line; '' for nothing. */
  readonly trouble: string
}

/** Runs something with the directory of a cache open; undefined where there is none. */
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
 * Writes a record for each thing in a cache, with names (`walk`) or without (`measure`). Gives back
 * false where something could not be read. Throws KnownError for a link in place of a directory.
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

/** Directories of systems, and of base images, in an open one: to the tool each is a whole cache. */
function systemsIn(directory: number): readonly string[] {
  return readdirSync(at(directory, '.'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isInnerDirectory(entry.name))
    .map((entry) => entry.name)
}

/** Holds the tool's own locks in a cache, and in the directory of each system in it. */
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

/** The same batches; undefined where there is no step in them. */
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

/** Before anything leaves the cache: a run that is killed has renewed it for nothing, never too late. */
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
 * Carries out steps in the directory of a cache, in order, while holding the tool's own locks; what
 * was renamed away is deleted after they are released. Throws KnownError when a tool keeps its lock.
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
        // Signals are heard.
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
