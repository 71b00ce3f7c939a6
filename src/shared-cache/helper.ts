import { isMainThread } from 'node:worker_threads'
import { KnownError } from '../foundation/core/errors'
import { type CacheDirectory, findCacheDirectory, findStore } from './directories/core/places'
import { NIGHTLY_MODES } from './buildkit/core/nightly'
import type { BaseImageDirectory } from './devices/core/cdi'
import { type CacheMountDirectory, readMountArgument } from './catalogue/core/cache-mounts'
import { isBaseDirectory, isInnerDirectory } from './catalogue/core/system'
import { readStep, type RemovalStep } from './package-managers/core/steps'
import { cacheNamed } from './catalogue/core/catalogue'
import { writeDevices } from './devices/host/cdi'
import { installSccache } from './sccache/host/programs'
import { splitAtNul } from '../foundation/files/find'
import { writeGc } from './buildkit/host/daemon-json'
import { INCOMPLETE } from '../foundation/helper/files'
import { type HelperVerb, runHelper, say } from '../foundation/helper/serve'
import { copyIn } from './image-copy/host/copy-in'
import { checkPlaces } from './directories/host/check'
import { makePlaces } from './directories/host/make'
import { applyNightly } from './buildkit/host/nightly'
import { serveChecks } from './verify/host/pool'
import { verifyDirectory } from './verify/host/verify'
import { listCache, removeFromCache, renewGenerationOf } from './directories/host/contents'
import { version } from '../../package.json'

/**
 * The root helper: only what needs root. User dokku calls it through sudo. It accepts a verb and names
 * from the catalogue, never a path, and works below the directory in the file `root` next to it. It
 * prints results as lines of JSON on stdout, and a known error as one line on stderr.
 */

function cacheDirectoryNamed(name: string): CacheDirectory {
  const directory = findCacheDirectory(name)
  if (!directory) throw new KnownError(`Unknown cache: ${name}`)
  return directory
}

function wholeNumber(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : NaN
}

/** Parses a base image `KEY=DIRECTORY`; the key has 16 hexadecimal digits. */
function baseNamed(text: string): BaseImageDirectory {
  const [key = '', directory = '', ...more] = text.split('=')
  if (!/^[0-9a-f]{16}$/.test(key) || !isInnerDirectory(directory) || more.length > 0) {
    throw new KnownError(`Unknown base: ${text}`)
  }
  return { key, directory }
}

/** Parses a cache mount `KEY:UID:GID:MODE:PLACE`; the place is a path in containers, never of the host. */
function mountNamed(text: string): CacheMountDirectory {
  const mount = readMountArgument(text)
  if (!mount) throw new KnownError(`Unknown cache mount: ${text}`)
  return mount
}

/** Parses what to discard: the key of a cache mount, or a directory of a base image, `pip@base-KEY`. */
function discardedNamed(text: string): string {
  const [, directory = ''] = text.split('@')
  const isBase = isBaseDirectory(directory) && findCacheDirectory(text) !== undefined
  if (!isBase && !/^[0-9a-f]{16}$/.test(text)) {
    throw new KnownError(`Neither a cache mount nor a base: ${text}`)
  }
  return text
}

function only(args: readonly string[]): CacheDirectory {
  const [name, ...more] = args
  if (name === undefined || more.length > 0) throw new KnownError('One cache has to be named')
  const store = findStore(name)
  if (!store) throw new KnownError(`Unknown cache: ${name}`)
  return store
}

const list =
  (verb: 'walk' | 'measure'): HelperVerb =>
  async ({ root }, args) =>
    (await listCache(root, only(args), verb, 'inherit')) ? 0 : INCOMPLETE

/** The steps on stdin as they arrive. An incomplete line at the end is ignored. */
async function* stepsOfStdin(): AsyncGenerator<RemovalStep[]> {
  let batch: RemovalStep[] = []
  const split = splitAtNul((record) => {
    const step = readStep(record)
    if (!step) throw new KnownError('A step that is no step')
    batch.push(step)
  })
  for await (const chunk of process.stdin) {
    split(chunk as Buffer)
    yield batch
    batch = []
  }
}

const VERBS: Readonly<Record<string, HelperVerb>> = {
  async make({ root, owner }, args) {
    const names = args.filter((arg) => !/^(?:--(check|quick)$|\+)/.test(arg))
    const caches = names.map(cacheDirectoryNamed)
    const marked = args.filter((arg) => arg.startsWith('+')).map((arg) => arg.slice(1))
    const closed = marked.map((name) => cacheDirectoryNamed(name).directory)
    if (args.includes('--check')) {
      say({ changed: checkPlaces(root, caches, owner), remaining: [] })
    } else {
      const progress = (cache: string, done: number) => say({ cache, done })
      const wanted = args.includes('--quick') ? null : progress
      say(await makePlaces(root, caches, owner, wanted, { closed }))
    }
    return 0
  },
  async cdi(settings, args) {
    const given = args.includes('given')
    const names = args
      .filter((arg) => arg.startsWith('-'))
      .map((arg) => discardedNamed(arg.slice(1)))
    const kept = args.filter((arg) => arg !== 'given' && !arg.startsWith('-'))
    const isMount = (arg: string) => arg.includes(':')
    const bases = kept.filter((arg) => !isMount(arg)).map(baseNamed)
    const mounts = kept.filter(isMount).map(mountNamed)
    const isBase = (name: string) => name.includes('@')
    const discard = { mounts: names.filter((name) => !isBase(name)), bases: names.filter(isBase) }
    say(await writeDevices(settings, bases, mounts, { discard, given }))
    return 0
  },
  async sccache({ root }, args) {
    if (args.length > 0) throw new KnownError('sccache comes on stdin')
    await installSccache(root, process.stdin)
    return 0
  },
  walk: list('walk'),
  measure: list('measure'),
  async verify({ root }, args) {
    say({ verified: await verifyDirectory(root, only(args), Date.now(), say) })
    return 0
  },
  async remove({ root }, args) {
    say(await removeFromCache(root, only(args), stepsOfStdin(), say))
    return 0
  },
  async copy({ root }, [name = '', place = '', ...sizes]) {
    const directory = cacheDirectoryNamed(name)
    const within = place === '.' ? '' : place
    const [maxBytes = NaN, seconds = NaN, ...more] = sizes.map(wholeNumber)
    const known = cacheNamed(directory.name).mounts.some((mount) => mount.path === within)
    if (!known || !(maxBytes >= 0) || !(seconds >= 0) || more.length > 0) {
      throw new KnownError('A place of the cache, a size and a time have to be given')
    }
    say(await copyIn(root, directory, within, process.stdin, { maxBytes, seconds }))
    return 0
  },
  generation({ root }) {
    renewGenerationOf(root, cacheDirectoryNamed('playwright'))
    return Promise.resolve(0)
  },
  nightly(_, [mode, ...more]) {
    const chosen = NIGHTLY_MODES.find((one) => one === mode)
    if (!chosen || more.length > 0) throw new KnownError('budget, dokku or off has to be named')
    say(applyNightly(chosen))
    return Promise.resolve(0)
  },
  gc(_, [engine = '', ...sizes]) {
    const [max = NaN, minFree = NaN, ...more] = sizes.map(wholeNumber)
    if (!/^\d+\.\d+/.test(engine) || !(max > 0) || !(minFree >= 0) || more.length > 0) {
      throw new KnownError('A version of Docker and two sizes in bytes have to be given')
    }
    say(writeGc(engine, max, minFree))
    return Promise.resolve(0)
  },
  version({ root }) {
    say({ version, root })
    return Promise.resolve(0)
  },
}

if (isMainThread) {
  runHelper(__dirname, VERBS)
} else {
  serveChecks()
}
