import { type BaseDirectory, baseDirectory } from '../core/base-directories'
import { isBaseDirectory } from '../../catalogue/core/system'
import { splitName } from '../../catalogue/core/group'
import { cacheDirectoryNamed } from '../../directories/core/requirements'
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

/** What is in a cache, or in a directory of it; nothing where that cannot be looked into. */
function entriesOf(server: Server, name: string) {
  try {
    return entriesIn(`${realRootOf(server)}/${cacheDirectoryNamed(name).directory}`)
  } catch (error) {
    if (!isRefusal(error)) throw error
    return []
  }
}

/** Whether something is in one besides links: those lead to what all systems share. */
export function holdsSomething(server: Server, cache: string, room: string): boolean {
  const entries = entriesOf(server, `${cache}@${room}`)
  return entries.some((entry) => !entry.isSymbolicLink())
}

/** Directories of base images that a cache has; a link to the directory of a system is none. */
export function baseDirectoriesIn(server: Server, cache: string): readonly BaseDirectory[] {
  if (!isPerSystem(cache)) return []
  const names = entriesOf(server, cache)
    .filter((entry) => entry.isDirectory() && isBaseDirectory(entry.name))
    .map((entry) => entry.name)
  const known = knownBases(server)
  return names.map((name) => baseDirectory(known, name))
}
