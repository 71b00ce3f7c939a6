import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type BaseDirectory, baseDirectory } from '../../core/builds/base-directories'
import { isBaseRoom } from '../../core/apps/system'
import { CATALOGUE, type CacheSpec } from '../../core/caches/catalogue'
import type { Site } from '../dokku/apply'
import { codeOf } from '../caches/tree'
import { knownBases } from './devices'

/** Caches that have a directory for each system, and for each base image before its system is known. */
export const CACHES_OF_BASES = CATALOGUE.filter(({ perSystem }) => perSystem !== null)

function entriesIn(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return []
  }
}

/** Whether something is in it besides links: those lead to what all systems share. */
export function holdsSomething(site: Site, { directory }: CacheSpec, room: string): boolean {
  const entries = entriesIn(join(site.platform.root, directory, room))
  return entries.some((entry) => !entry.isSymbolicLink())
}

/** Directories of base images that a cache has; a link to the directory of a system is none. */
export function baseRoomsIn(site: Site, { directory }: CacheSpec): readonly BaseDirectory[] {
  const names = entriesIn(join(site.platform.root, directory))
    .filter((entry) => entry.isDirectory() && isBaseRoom(entry.name))
    .map((entry) => entry.name)
  const known = knownBases(site)
  return names.map((name) => baseDirectory(known, name))
}
