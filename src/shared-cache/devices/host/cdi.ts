import {
  closeSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import { type BaseImageDirectory, makeSpec } from '../core/cdi'
import { type CacheSpec, CATALOGUE } from '../../catalogue/core/catalogue'
import { GROUPS, isGroup, nameIn } from '../../catalogue/core/group'
import { findCacheDirectory } from '../../directories/core/requirements'
import { baseDirectoryName } from '../../catalogue/core/system'
import { placeWrapper } from '../../sccache/host/programs'
import { isNeeded } from '../../catalogue/core/image-units'
import { ensureGeneration } from '../../directories/host/generation'
import { makePlaces } from '../../directories/host/make'
import type { CacheMountDirectory } from '../../catalogue/core/cache-mounts'
import { makeMounts, trashMounts } from './cache-mount-directories'
import { putStaleAway } from './stale-bases'
import { DIRECTORY, FILE } from './specification'
import type { HelperSettings } from '../../../foundation/helper/files'
import { at, codeOf, openDirectory, openPath } from '../../../foundation/files/walker'
import { putText } from '../../../foundation/files/replace-file'

function kindAt(directory: number, name: string): 'directory' | 'link' | 'other' | null {
  const stats = lstatSync(at(directory, name), { throwIfNoEntry: false })
  if (!stats) return null
  return stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'other'
}

/** Takes the links out of a directory that holds nothing else, so that another can take its place. */
function emptyOfLinks(parent: number, name: string): void {
  const directory = openDirectory(parent, name)
  try {
    const names = readdirSync(at(directory, '.'))
    if (names.some((each) => kindAt(directory, each) !== 'link')) return
    for (const each of names) unlinkSync(at(directory, each))
  } finally {
    closeSync(directory)
  }
}

/**
 * The system of a base is known now: what its builds left in a directory of their own becomes the
 * system's, where that holds nothing yet. A link stays behind, for what points there with a whole
 * path.
 */
function adopt(cache: number, { key, room }: BaseImageDirectory): void {
  const own = baseDirectoryName(key)
  if (room === own || kindAt(cache, own) !== 'directory') return
  if (kindAt(cache, room) === 'directory') emptyOfLinks(cache, room)
  try {
    // Takes the place of an empty directory, and of no other.
    renameSync(at(cache, own), at(cache, room))
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error
    return
  }
  symlinkSync(room, at(cache, own))
}

/** Names of the directories for bases that are missing in the caches of a group, open as `store`. */
function missingDirectories(
  store: number,
  group: string,
  caches: readonly CacheSpec[],
  bases: readonly BaseImageDirectory[],
): readonly string[] {
  const rooms: string[] = []
  for (const { name, directory } of caches.filter((each) => each.perSystem !== null)) {
    const cache = openDirectory(store, directory)
    try {
      for (const base of bases) {
        adopt(cache, base)
        if (kindAt(cache, base.room) === null) rooms.push(`${nameIn(group, name)}@${base.room}`)
      }
    } finally {
      closeSync(cache)
    }
  }
  return [...new Set(rooms)]
}

type Look = (store: number, group: string) => void

/** Has a look at the directory of each group's caches, opened. */
function inGroups(top: number, look: Look): void {
  if (kindAt(top, GROUPS) !== 'directory') return
  const groups = openDirectory(top, GROUPS)
  try {
    for (const group of readdirSync(at(groups, '.')).filter(isGroup)) {
      if (kindAt(groups, group) !== 'directory') continue
      const store = openDirectory(groups, group)
      try {
        look(store, group)
      } finally {
        closeSync(store)
      }
    }
  } finally {
    closeSync(groups)
  }
}

/** The generation of the one cache that apps need; '' where it is not there. */
function generationOf(top: number, caches: readonly CacheSpec[]): string {
  const cache = caches.find(({ name }) => isNeeded(name))
  if (!cache) return ''
  const directory = openDirectory(top, cache.directory)
  try {
    return ensureGeneration(directory)
  } finally {
    closeSync(directory)
  }
}

/** dockerd reads the file at every change, and of the directory only names that end in .json. */
function put(text: string): boolean {
  mkdirSync(DIRECTORY, { recursive: true, mode: 0o755 })
  return putText(`${DIRECTORY}/${FILE}`, text, 0o644)
}

/** What is to be put away while devices are made. */
export interface Gone {
  /** Keys of cache mounts. */
  readonly mounts: readonly string[]
  /** Names of directories of base images (`pip@base-KEY`). */
  readonly bases: readonly string[]
}

/**
 * Makes the caches that are there devices for builds: directories for the bases and for cache mounts,
 * and the specification; those of groups only where devices are given. Directories that are gone are
 * renamed away. Run by root. Gives back whether the specification changed, and which directories of base
 * images are away.
 */
export async function writeDevices(
  { root, owner }: HelperSettings,
  bases: readonly BaseImageDirectory[],
  mounts: readonly CacheMountDirectory[],
  { gone, given }: { readonly gone: Gone; readonly given: boolean },
): Promise<{ readonly changed: boolean; readonly away: readonly string[] }> {
  const top = openPath(root)
  try {
    const caches: Record<string, readonly CacheSpec[]> = {}
    const missing: string[] = []
    const look: Look = (store, group) => {
      // A device whose directory is missing fails every build that asks for it.
      const there = CATALOGUE.filter(({ directory }) => kindAt(store, directory) === 'directory')
      caches[group] = there
      missing.push(...missingDirectories(store, group, there, bases))
    }
    look(top, '')
    if (given) inGroups(top, look)
    const all = Object.values(caches).flat()
    if (all.some(({ programs }) => programs !== null)) placeWrapper(top)
    const rooms = missing.flatMap((name) => findCacheDirectory(name) ?? [])
    if (rooms.length > 0) await makePlaces(root, rooms, owner, null)
    const made = makeMounts(top, mounts)
    const generation = generationOf(top, caches[''] ?? [])
    const spec = makeSpec(root, { caches, bases, mounts: made, given, generation })
    const changed = put(`${JSON.stringify(spec, null, 1)}\n`)
    // Behind the specification: a device whose directory is missing fails builds.
    trashMounts(top, gone.mounts)
    return { changed, away: await putStaleAway(top, gone.bases, bases) }
  } finally {
    closeSync(top)
  }
}
