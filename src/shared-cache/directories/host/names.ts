import { type Dirent, closeSync, readdirSync } from 'node:fs'
import { GROUPS, isGroup, nameIn, rootOf } from '../../catalogue/core/group'
import { CATALOGUE, DEFAULT_CACHES } from '../../catalogue/core/catalogue'
import { KnownError } from '../../../foundation/core/errors'
import type { Host } from '../../../foundation/cli/command'
import { realRootOf } from './caches'
import { at, codeOf, openIfThere } from '../../../foundation/files/walker'

/** Entries of a directory, reached without links; empty if it is missing. Throws like `openIfThere`. */
export function entriesIn(path: string): readonly Dirent[] {
  const directory = openIfThere(path)
  if (directory === undefined) return []
  try {
    return readdirSync(at(directory, '.'), { withFileTypes: true })
  } finally {
    closeSync(directory)
  }
}

/**
 * Groups that have caches, including those without apps. Throws KnownError if their directory is a
 * link, and the system's error if it cannot be read.
 */
export function groupsOn(host: Host): readonly string[] {
  const names = entriesIn(`${realRootOf(host)}/${GROUPS}`).map(({ name }) => name)
  return names.filter(isGroup).sort()
}

/** For lists of everything that exists: an unreadable directory counts as empty. */
function orNone<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read()
  } catch (error) {
    if (error instanceof KnownError || codeOf(error) === 'EACCES') return []
    throw error
  }
}

/** Names of the caches whose directories exist and can be read, including those of groups. */
export function cachesThere(host: Host): readonly string[] {
  return ['', ...orNone(() => groupsOn(host))].flatMap((group) => {
    const entries = orNone(() => entriesIn(rootOf(realRootOf(host), group)))
    const there = new Set(entries.filter((entry) => entry.isDirectory()).map(({ name }) => name))
    return CATALOGUE.filter((cache) => there.has(cache.directory)).map((cache) =>
      nameIn(group, cache.name),
    )
  })
}

/** The caches of a machine without Dokku: the default ones, and those that setup made before. */
export function localCaches(host: Host): readonly string[] {
  const names = new Set([...DEFAULT_CACHES, ...cachesThere(host)])
  return CATALOGUE.filter((cache) => names.has(cache.name)).map((cache) => cache.name)
}
