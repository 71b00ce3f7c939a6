import { type BaseDirectory, baseDirectory } from '../core/base-directories'
import { isBaseDirectory } from '../../catalogue/core/system'
import { splitName } from '../../catalogue/core/group'
import { cacheDirectoryNamed } from '../../directories/core/places'
import type { Server } from '../../apps/host/server'
import { realRootOf } from '../../directories/host/caches'
import { entriesIn } from '../../directories/host/names'
import { isRefusal } from '../../../foundation/files/walker'
import { knownBases } from './devices'

/** Whether a cache has a directory for each system, and for each base image before its system is known. */
function isPerSystem(name: string): boolean {
  const found = splitName(name)
  return found !== undefined && found.cache.perSystem !== null
}

/** Entries of a cache, or of a directory in it; empty if it cannot be read. */
function entriesOf(server: Server, name: string) {
  try {
    return entriesIn(`${realRootOf(server)}/${cacheDirectoryNamed(name).directory}`)
  } catch (error) {
    if (!isRefusal(error)) throw error
    return []
  }
}

/** Whether a directory in a cache has more than links to shared content. */
export function holdsSomething(server: Server, cache: string, directory: string): boolean {
  const entries = entriesOf(server, `${cache}@${directory}`)
  return entries.some((entry) => !entry.isSymbolicLink())
}

/** Directories of base images in a cache, without links to the directories of systems. */
export function baseDirectoriesIn(server: Server, cache: string): readonly BaseDirectory[] {
  if (!isPerSystem(cache)) return []
  const names = entriesOf(server, cache)
    .filter((entry) => entry.isDirectory() && isBaseDirectory(entry.name))
    .map((entry) => entry.name)
  const known = knownBases(server)
  return names.map((name) => baseDirectory(known, name))
}
