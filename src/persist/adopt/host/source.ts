import { closeSync, constants, lstatSync, openSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { KnownError } from '../../../foundation/core/errors'
import type { Engine } from '../../../foundation/docker/engine'
import { at, codeOf, openPath } from '../../../foundation/files/walker'
import { isEntry } from '../../volumes/core/names'
import { measureOpen, storageRoot } from '../../volumes/host/directories'
import { type Places, dataOfVolume, refusal } from '../core/places'
import type { Found, Source } from '../core/plan'

/**
 * The directories that an adoption reads, for the root helper. It takes names only: the directory of a
 * storage entry is what Dokku's registry says, that of a Docker volume what the Engine says.
 */

/** The source with these words: `entry`, `volume` or `own`, and a name. Throws KnownError for any other. */
export function parseSource(kind = '', name = ''): Source {
  if (kind === 'entry' && /^[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?$/.test(name)) return { kind, name }
  if (kind === 'volume' && /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}$/.test(name)) return { kind, name }
  if (kind === 'own' && isEntry(name)) return { kind, name }
  throw new KnownError(`Not a storage entry or volume: ${JSON.stringify(`${kind} ${name}`)}`)
}

const USUAL = '/var/lib/docker'

/** Path or volume of a storage entry, from Dokku's registry. */
function readEntry(lib: string, name: string): string {
  const directory = openPath(join(lib, 'data/storage-registry/entries'))
  try {
    const file = openSync(at(directory, `${name}.json`), constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const { host_path: path } = JSON.parse(readFileSync(file, 'utf8')) as { host_path?: unknown }
      if (typeof path === 'string') return path
      throw new KnownError(`the storage entry ${name} names no directory`)
    } finally {
      closeSync(file)
    }
  } finally {
    closeSync(directory)
  }
}

/** Where Dokku and Docker keep their files; without an Engine the usual place. */
async function readPlaces(dataDirectory: string, engine: Engine): Promise<Places> {
  const docker = await engine.info().then(
    ({ DockerRootDir }) => DockerRootDir || USUAL,
    (error: unknown) => {
      if (error instanceof KnownError) return USUAL
      throw error
    },
  )
  return { lib: dirname(dirname(dataDirectory)), dokku: '/home/dokku', docker }
}

async function volumeDirectory(places: Places, engine: Engine, name: string): Promise<string> {
  const volume = await engine.volume(name)
  if (!volume) throw new KnownError('there is no such Docker volume')
  if (volume.isPlain) return dataOfVolume(places, volume.name)
  if (volume.driver !== 'local' || volume.device === null) {
    throw new KnownError('its data is not in a directory of this host')
  }
  return checked(places, volume.device)
}

function checked(places: Places, path: string): string {
  const directory = path.replace(/(.)\/+$/, '$1')
  const reason = refusal(directory, places)
  if (reason !== null) throw new KnownError(reason)
  return directory
}

/** The directory of a source. Throws KnownError, with the reason, for one that cannot be taken over. */
async function directoryOf(dataDirectory: string, engine: Engine, source: Source): Promise<string> {
  if (source.kind === 'own') return join(storageRoot(dataDirectory), source.name)
  const places = await readPlaces(dataDirectory, engine)
  if (source.kind === 'volume') return volumeDirectory(places, engine, source.name)
  const path = readEntry(places.lib, source.name)
  return path.startsWith('/')
    ? checked(places, path)
    : volumeDirectory(places, engine, parseSource('volume', path).name)
}

function kindOf(path: string): string {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (!stats) return 'it does not exist'
  if (stats.isSymbolicLink()) return 'it is a symbolic link'
  return stats.isSocket() ? 'it is a socket' : 'it is not a directory'
}

/**
 * Calls a function with the open directory of a source, and its path. No part of the path is a link.
 * Throws KnownError, with the reason, for a source that cannot be taken over.
 */
export async function withSource<T>(
  dataDirectory: string,
  engine: Engine,
  source: Source,
  use: (directory: number, path: string) => Promise<T>,
): Promise<T> {
  const path = await directoryOf(dataDirectory, engine, source)
  let directory: number
  try {
    directory = openPath(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new KnownError(kindOf(path), { cause: error })
    if (error instanceof KnownError && !lstatSync(path).isDirectory()) {
      throw new KnownError(kindOf(path), { cause: error })
    }
    throw error
  }
  try {
    return await use(directory, path)
  } finally {
    closeSync(directory)
  }
}

/** What is at a source, or why it cannot be taken over. Walks all of it. */
export async function lookAt(
  dataDirectory: string,
  engine: Engine,
  source: Source,
): Promise<Found | string> {
  try {
    return await withSource(dataDirectory, engine, source, async (open, directory) => {
      const { bytes, files, complete } = await measureOpen(open)
      return complete ? { directory, bytes, files } : 'not all of it can be read'
    })
  } catch (error) {
    if (error instanceof KnownError) return error.message
    throw error
  }
}
