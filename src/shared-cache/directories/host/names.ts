import { type Dirent, closeSync, readdirSync } from 'node:fs'
import { GROUPS, isGroup, nameIn, rootOf } from '../../catalogue/core/group'
import { CATALOGUE } from '../../catalogue/core/catalogue'
import { KnownError } from '../../../foundation/core/errors'
import type { Host } from '../../../foundation/cli/command'
import { realRootOf } from './caches'
import { at, codeOf, openIfThere } from '../../../foundation/files/walker'

/** What is in a directory that no link leads to; nothing where it is missing. Throws like `openIfThere`. */
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
 * The groups that have caches of their own, whether an app is in them still or not. Throws KnownError
 * for a link in place of their directory, and the system's own error where that is closed.
 */
export function groupsOn(host: Host): readonly string[] {
  const names = entriesIn(`${realRootOf(host)}/${GROUPS}`).map(({ name }) => name)
  return names.filter(isGroup).sort()
}

/** For lists of all there is: what may not be looked into has nothing in it. */
function orNone<T>(look: () => readonly T[]): readonly T[] {
  try {
    return look()
  } catch (error) {
    if (error instanceof KnownError || codeOf(error) === 'EACCES') return []
    throw error
  }
}

/** Names of the caches whose directories are there and can be seen, those of groups too. */
export function cachesThere(host: Host): readonly string[] {
  return ['', ...orNone(() => groupsOn(host))].flatMap((group) => {
    const entries = orNone(() => entriesIn(rootOf(realRootOf(host), group)))
    const there = new Set(entries.filter((entry) => entry.isDirectory()).map(({ name }) => name))
    return CATALOGUE.filter((cache) => there.has(cache.directory)).map((cache) =>
      nameIn(group, cache.name),
    )
  })
}
