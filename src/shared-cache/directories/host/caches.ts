import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type CacheProblem, type Owner, roomNamed, storeNamed } from '../core/requirements'
import type { Entry } from '../../../foundation/core/entry'
import { writeStep, type Step } from '../../package-managers/core/steps'
import { makeTally, type Usage } from '../../package-managers/core/usage'
import { readEntries } from '../../../foundation/files/find'
import { callHelper, readAsRoot } from '../../../foundation/helper/call'
import { HELPER_DIRECTORY, INCOMPLETE, readSettings } from '../../../foundation/helper/files'
import { readJsonLines } from '../../../foundation/process/json-lines'
import { checkPlaces } from './check'
import { makePlaces, type Made } from './make'
import type { Platform } from '../../../foundation/platform'
import type { Runner } from '../../../foundation/process/runner'
import { codeOf } from '../../../foundation/files/walker'
import { listCache, removeFromCache, type Progress, type RemovedSteps } from './work'

/**
 * The files of the caches. On a server with Dokku what needs root goes through the root helper, and
 * reading does as well as it can without it; on any other machine this process does it itself.
 */

export interface Machine {
  readonly platform: Platform
  readonly runner: Runner
}

/** What is wrong with the directories of these caches, or of systems in them. Changes nothing. */
export function checkCaches(machine: Machine, names: readonly string[]): Promise<CacheProblem[]> {
  return checkPlaces(realRootOf(machine), names.map(roomNamed), ownerOn(machine))
}

/**
 * Makes the directories of these caches as they have to be; changes only what is not. `progress` is
 * told how many entries of a cache are opened to all users, where that is needed; with null it is left
 * to the next setup.
 * Throws KnownError where something else is in the way, and HelperMissing.
 */
export async function makeCaches(
  machine: Machine,
  names: readonly string[],
  progress: ((cache: string, done: number) => void) | null = () => undefined,
): Promise<Made> {
  if (machine.platform.kind === 'local') {
    return makePlaces(realRootOf(machine), names.map(roomNamed), ownerOn(machine), progress)
  }
  const args = ['make', ...(progress ? [] : ['--quick']), ...names]
  return (await call(machine, args, (line) => progress?.(line.cache ?? '', line.done))) as Made
}

/** What each of these caches takes, walked side by side. `progress` is told of files counted. */
export async function usage(
  machine: Machine,
  names: readonly string[],
  progress: (cache: string, files: number) => void = () => undefined,
): Promise<Map<string, Usage>> {
  const measured = names.map(async (name) => {
    const tally = makeTally()
    let seen = 0
    const complete = await list(machine, name, 'measure', (entry) => {
      tally.add(entry)
      seen += 1
      if (seen % 10_000 === 0) progress(name, seen)
    })
    return [name, tally.total(complete)] as const
  })
  return new Map(await Promise.all(measured))
}

/**
 * Gives each thing in a cache. Gives back false where something could not be read. `chunkOver` is
 * called after every few hundred, and may have the walk wait.
 */
export function walkCache(
  machine: Machine,
  name: string,
  each: (entry: Entry) => void,
  chunkOver?: () => Promise<void> | undefined,
): Promise<boolean> {
  return list(machine, name, 'walk', each, chunkOver)
}

/** Carries out steps in a cache. Throws KnownError when a tool keeps its lock, and HelperMissing. */
export async function removeSteps(
  machine: Machine,
  name: string,
  steps: readonly Step[] | AsyncIterable<readonly Step[]>,
  progress: (progress: Progress) => void,
): Promise<RemovedSteps> {
  const batches = Array.isArray(steps)
    ? [steps as readonly Step[]]
    : (steps as AsyncIterable<readonly Step[]>)
  if (machine.platform.kind === 'local') {
    return removeFromCache(realRootOf(machine), storeNamed(name), batches, progress)
  }
  const told = ({ done, freed = 0 }: Told) => progress({ done, freed })
  return (await call(machine, ['remove', name], told, lines(batches))) as RemovedSteps
}

async function* lines(
  batches: Iterable<readonly Step[]> | AsyncIterable<readonly Step[]>,
): AsyncGenerator<string> {
  for await (const steps of batches) yield steps.map((step) => `${writeStep(step)}\0`).join('')
}

/** The root directory as it is opened: no part of it may be a link, save where people put one above. */
export function realRootOf({ platform }: Machine): string {
  try {
    return join(realpathSync(dirname(platform.root)), basename(platform.root))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return platform.root
    throw error
  }
}

function ownerOn({ platform }: Machine): Owner {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  if (platform.kind === 'local') return { ...own, rootGid: own.gid }
  try {
    return readSettings(HELPER_DIRECTORY).owner
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return { uid: 0, gid: 0, rootGid: own.gid }
  }
}

async function list(
  machine: Machine,
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
    machine.platform,
    async () =>
      (await callHelper(machine.runner, 'read', [verb, name], { onOutput })).exit !== INCOMPLETE,
    () => listCache(realRootOf(machine), storeNamed(name), verb, onOutput),
  )
}

/** A line of progress from the helper: of opening a cache, or of removing from it. */
interface Told {
  readonly done: number
  readonly cache?: string
  readonly freed?: number
}

/** Calls a verb that changes things and gives back its last line; those before are progress. */
async function call(
  machine: Machine,
  args: readonly string[],
  progress: (line: Told) => void,
  input?: AsyncIterable<string>,
): Promise<unknown> {
  let last: unknown
  const onOutput = readJsonLines((said) => {
    if (last !== undefined) progress(last as Told)
    last = said
  })
  await callHelper(machine.runner, 'write', args, { onOutput, ...(input ? { input } : {}) })
  return last
}
