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
import { CATALOGUE } from '../../catalogue/core/catalogue'
import type { CacheSpec } from '../../catalogue/core/cache-spec'
import { GROUPS, isGroup, nameIn } from '../../catalogue/core/group'
import { findCacheDirectory } from '../../directories/core/places'
import { baseDirectoryName } from '../../catalogue/core/system'
import { placePrograms } from '../../directories/host/programs'
import { isNeeded } from '../../catalogue/core/image-units'
import { ensureGeneration } from '../../directories/host/generation'
import { makePlaces } from '../../directories/host/make'
import type { CacheMountDirectory } from '../../catalogue/core/cache-mounts'
import { makeMounts, trashMounts } from './cache-mount-directories'
import { discardStale } from './stale-bases'
import { DIRECTORY, FILE } from './specification'
import type { HelperSettings } from '../../../foundation/helper/files'
import { at, codeOf, openDirectory, openPath } from '../../../foundation/files/walker'
import { putText } from '../../../foundation/files/replace-file'

function kindAt(directory: number, name: string): 'directory' | 'link' | 'other' | null {
  const stats = lstatSync(at(directory, name), { throwIfNoEntry: false })
  if (!stats) return null
  return stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'other'
}

/** Deletes the links in a directory that has nothing else, so that another directory can replace it. */
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
 * For a base whose system is now known: its directory becomes that of the system, if that one is empty.
 * A link replaces the old directory, for absolute paths that point to it.
 */
function adopt(cache: number, { key, directory }: BaseImageDirectory): void {
  const own = baseDirectoryName(key)
  if (directory === own || kindAt(cache, own) !== 'directory') return
  if (kindAt(cache, directory) === 'directory') emptyOfLinks(cache, directory)
  try {
    // Replaces only an empty directory.
    renameSync(at(cache, own), at(cache, directory))
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error
    return
  }
  symlinkSync(directory, at(cache, own))
}

/**
 * Removes the link that `adopt` or `discardStale` left, for a base whose system is not known any more: it
 * may have another one now.
 */
function removeLink(cache: number, own: string): void {
  if (kindAt(cache, own) === 'link') unlinkSync(at(cache, own))
}

/** Names of missing directories of bases in the caches of a group, open as `store`. */
function missingDirectories(
  store: number,
  group: string,
  caches: readonly CacheSpec[],
  bases: readonly BaseImageDirectory[],
): readonly string[] {
  const missing: string[] = []
  for (const { name, directory } of caches.filter((each) => each.perSystem !== null)) {
    const cache = openDirectory(store, directory)
    try {
      for (const base of bases) {
        adopt(cache, base)
        const { directory: own } = base
        if (own === baseDirectoryName(base.key)) removeLink(cache, own)
        if (kindAt(cache, own) === null) missing.push(`${nameIn(group, name)}@${own}`)
      }
    } finally {
      closeSync(cache)
    }
  }
  return [...new Set(missing)]
}

type Inspect = (store: number, group: string) => void

/** Calls a function with the open cache directory of each group. */
function forGroups(top: number, inspect: Inspect): void {
  if (kindAt(top, GROUPS) !== 'directory') return
  const groups = openDirectory(top, GROUPS)
  try {
    for (const group of readdirSync(at(groups, '.')).filter(isGroup)) {
      if (kindAt(groups, group) !== 'directory') continue
      const store = openDirectory(groups, group)
      try {
        inspect(store, group)
      } finally {
        closeSync(store)
      }
    }
  } finally {
    closeSync(groups)
  }
}

/** The generation of the cache that apps need at run time; '' without that cache. */
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

/** Writes the specification. dockerd reads it at every change, and ignores names not ending in .json. */
function writeSpecification(text: string): boolean {
  mkdirSync(DIRECTORY, { recursive: true, mode: 0o755 })
  return putText(`${DIRECTORY}/${FILE}`, text, 0o644)
}

/** Directories to discard while devices are made. */
export interface Discarded {
  /** Keys of cache mounts. */
  readonly mounts: readonly string[]
  /** Names of directories of base images (`pip@base-KEY`). */
  readonly bases: readonly string[]
}

/**
 * Makes devices for builds of the existing caches: the directories of base images and cache mounts, and
 * the specification. Caches of groups are included only if the Engine allows devices for single builds
 * (`given`). Directories in `discard` are renamed for deletion. Runs as root. Returns whether the
 * specification changed, and the renamed directories of base images.
 */
export async function writeDevices(
  { root, owner }: HelperSettings,
  bases: readonly BaseImageDirectory[],
  mounts: readonly CacheMountDirectory[],
  { discard, given }: { readonly discard: Discarded; readonly given: boolean },
): Promise<{ readonly changed: boolean; readonly away: readonly string[] }> {
  const top = openPath(root)
  try {
    const caches: Record<string, readonly CacheSpec[]> = {}
    const missing: string[] = []
    const inspect: Inspect = (store, group) => {
      // A device without its directory fails every build that requests it.
      const there = CATALOGUE.filter(({ directory }) => kindAt(store, directory) === 'directory')
      caches[group] = there
      missing.push(...missingDirectories(store, group, there, bases))
    }
    inspect(top, '')
    if (given) forGroups(top, inspect)
    const all = Object.values(caches).flat()
    const programs = new Set(all.flatMap((cache) => cache.programs ?? []))
    for (const each of programs) placePrograms(top, each)
    const directories = missing.flatMap((name) => findCacheDirectory(name) ?? [])
    if (directories.length > 0) await makePlaces(root, directories, owner, null)
    const made = makeMounts(top, mounts)
    const generation = generationOf(top, caches[''] ?? [])
    const spec = makeSpec(root, { caches, bases, mounts: made, given, generation })
    const changed = writeSpecification(`${JSON.stringify(spec, null, 1)}\n`)
    // After the specification: a device without its directory fails builds.
    trashMounts(top, discard.mounts)
    return { changed, away: await discardStale(top, discard.bases, bases) }
  } finally {
    closeSync(top)
  }
}
