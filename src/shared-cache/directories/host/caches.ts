import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Owner } from '../../../foundation/core/owner'
import { type Sharing, cacheDirectoryNamed, storeNamed } from '../core/places'
import { type CacheProblem } from '../core/problems'
import type { Entry } from '../../../foundation/core/entry'
import { writeStep, type RemovalStep } from '../../package-managers/core/steps'
import { makeTally, type Usage } from '../../package-managers/core/usage'
import { readEntries } from '../../../foundation/files/find'
import { callHelper, readAsRoot } from '../../../foundation/helper/call'
import { INCOMPLETE, readSettings } from '../../../foundation/helper/files'
import { readJsonLines } from '../../../foundation/process/json-lines'
import { checkPlaces, searchClosed } from './check'
import { makePlaces, type Made } from './make'
import type { Host } from '../../../foundation/cli/command'
import { codeOf } from '../../../foundation/files/walker'
import { listCache, removeFromCache, type Progress, type RemovedSteps } from './contents'

/**
 * Files of the caches. On a Dokku server the root helper does what needs root; without it, reads are
 * best effort. On other machines this process does everything.
 */

/**
 * What is wrong with these cache directories. Changes nothing. Without `inside` their content is not
 * searched: then it takes a few calls for each, and one process.
 */
export function checkCaches(
  host: Host,
  names: readonly string[],
  { inside = true }: { readonly inside?: boolean } = {},
): Promise<CacheProblem[]> {
  const directories = names.map(cacheDirectoryNamed)
  const options = { sharing: sharingOn(host), inside }
  return Promise.resolve(checkPlaces(realRootOf(host), directories, ownerOn(host), options))
}

/**
 * Searches these caches for directories that are closed to other users, each from the place on that
 * `from` has for it. See `searchClosed`.
 */
export function searchCaches(
  host: Host,
  names: readonly string[],
  from: ReadonlyMap<string, string>,
): ReturnType<typeof searchClosed> {
  return searchClosed(realRootOf(host), names.map(cacheDirectoryNamed), sharingOn(host), from)
}

/**
 * Makes and fixes these cache directories, and changes nothing else. `progress` receives the number of
 * entries of a cache that were opened to all users so far; with null this is left to the next setup.
 * `closed` are directories of caches whose content is known to be closed.
 * Throws KnownError if something else is in the way, and HelperMissing.
 */
export async function makeCaches(
  host: Host,
  names: readonly string[],
  progress: ((cache: string, done: number) => void) | null = () => undefined,
  closed: readonly string[] = [],
): Promise<Made> {
  if (host.platform.kind === 'local') {
    const directories = names.map(cacheDirectoryNamed)
    const options = { sharing: sharingOn(host), closed }
    return makePlaces(realRootOf(host), directories, ownerOn(host), progress, options)
  }
  const known = names.filter((name) => closed.includes(cacheDirectoryNamed(name).directory))
  const args = ['make', ...(progress ? [] : ['--quick']), ...names, ...known.map((n) => `+${n}`)]
  return (await call(host, args, (line) => progress?.(line.cache ?? '', line.done))) as Made
}

/** Disk usage of these caches, walked in parallel. `progress` receives the number of counted files. */
export async function usage(
  host: Host,
  names: readonly string[],
  progress: (cache: string, files: number) => void = () => undefined,
): Promise<Map<string, Usage>> {
  const measured = names.map(async (name) => {
    const tally = makeTally()
    let seen = 0
    const complete = await list(host, name, 'measure', (entry) => {
      tally.add(entry)
      seen += 1
      if (seen % 10_000 === 0) progress(name, seen)
    })
    return [name, tally.total(complete)] as const
  })
  return new Map(await Promise.all(measured))
}

/**
 * Calls `each` for every entry of a cache. Returns false if something could not be read. `chunkOver` is
 * called after every few hundred entries; the walk waits for its promise.
 */
export function walkCache(
  host: Host,
  name: string,
  each: (entry: Entry) => void,
  chunkOver?: () => Promise<void> | undefined,
): Promise<boolean> {
  return list(host, name, 'walk', each, chunkOver)
}

/** Applies steps in a cache. Throws KnownError if a tool does not release its lock, and HelperMissing. */
export async function removeSteps(
  host: Host,
  name: string,
  steps: readonly RemovalStep[] | AsyncIterable<readonly RemovalStep[]>,
  progress: (progress: Progress) => void,
): Promise<RemovedSteps> {
  const batches = Array.isArray(steps)
    ? [steps as readonly RemovalStep[]]
    : (steps as AsyncIterable<readonly RemovalStep[]>)
  if (host.platform.kind === 'local') {
    return removeFromCache(realRootOf(host), storeNamed(name), batches, progress)
  }
  const told = ({ done, freed = 0 }: Told) => progress({ done, freed })
  return (await call(host, ['remove', name], told, lines(batches))) as RemovedSteps
}

async function* lines(
  batches: Iterable<readonly RemovalStep[]> | AsyncIterable<readonly RemovalStep[]>,
): AsyncGenerator<string> {
  for await (const steps of batches) yield steps.map((step) => `${writeStep(step)}\0`).join('')
}

/** The root directory, after resolving links above it: nothing below may be a link. */
export function realRootOf({ platform }: Host): string {
  try {
    return join(realpathSync(dirname(platform.root)), basename(platform.root))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return platform.root
    throw error
  }
}

/** Without Dokku, all caches belong to the user who runs the program. */
function sharingOn({ platform }: Host): Sharing {
  return platform.kind === 'local' ? 'one user' : 'all users'
}

function ownerOn({ platform }: Host): Owner {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  if (platform.kind === 'local') return { ...own, rootGid: own.gid }
  try {
    return readSettings(platform.plugin.helperDirectory).owner
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return { uid: 0, gid: 0, rootGid: own.gid }
  }
}

async function list(
  host: Host,
  name: string,
  verb: 'walk' | 'measure',
  each: (entry: Entry) => void,
  chunkOver: () => Promise<void> | undefined = () => undefined,
): Promise<boolean> {
  const read = readEntries(each)
  const onOutput = (chunk: Buffer) => {
    read(chunk)
    return chunkOver()
  }
  return readAsRoot(
    host.platform,
    async () => (await callHelper(host, 'read', [verb, name], { onOutput })).exit !== INCOMPLETE,
    () => listCache(realRootOf(host), storeNamed(name), verb, onOutput),
  )
}

/** A progress line of the helper, from opening a cache or removing from it. */
interface Told {
  readonly done: number
  readonly cache?: string
  readonly freed?: number
}

/** Calls a verb that changes something and returns its last line; the lines before it are progress. */
async function call(
  host: Host,
  args: readonly string[],
  progress: (line: Told) => void,
  input?: AsyncIterable<string>,
): Promise<unknown> {
  let last: unknown
  const onOutput = readJsonLines((said) => {
    if (last !== undefined) progress(last as Told)
    last = said
  })
  await callHelper(host, 'write', args, { onOutput, ...(input ? { input } : {}) })
  return last
}
