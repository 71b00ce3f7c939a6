import { type BaseDirectory, baseDirectory } from '../core/base-directories'
import { isBaseRoom } from '../../catalogue/core/system'
import { splitName } from '../../catalogue/core/group'
import { roomNamed } from '../../directories/core/requirements'
import type { Site } from '../../apps/host/apply'
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
function entriesOf(site: Site, name: string) {
  try {
    return entriesIn(`${realRootOf(site)}/${roomNamed(name).directory}`)
  } catch (error) {
    if (!isRefusal(error)) throw error
    return []
  }
}

/** Whether something is in one besides links: those lead to what all systems share. */
export function holdsSomething(site: Site, cache: string, room: string): boolean {
  const entries = entriesOf(site, `${cache}@${room}`)
  return entries.some((entry) => !entry.isSymbolicLink())
}

/** Directories of base images that a cache has; a link to the directory of a system is none. */
export function baseRoomsIn(site: Site, cache: string): readonly BaseDirectory[] {
  if (!isPerSystem(cache)) return []
  const names = entriesOf(site, cache)
    .filter((entry) => entry.isDirectory() && isBaseRoom(entry.name))
    .map((entry) => entry.name)
  const known = knownBases(site)
  return names.map((name) => baseDirectory(known, name))
}
