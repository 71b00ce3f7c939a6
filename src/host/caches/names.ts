import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { GROUPS, nameIn, rootOf, splitName } from '../../core/apps/group'
import { CATALOGUE } from '../../core/caches/catalogue'
import type { Machine } from './caches'
import { codeOf } from './tree'

function directoriesIn(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return []
    throw error
  }
}

/** Groups that have a directory, '' first: whether an app is in one of them still or not. */
function groupsThere(root: string): readonly string[] {
  const isGroup = (name: string) => splitName(nameIn(name, 'pip')) !== undefined
  return ['', ...directoriesIn(join(root, GROUPS)).filter(isGroup)]
}

/** Names of the caches whose directories are there, those of groups too. */
export function cachesThere({ platform }: Machine): readonly string[] {
  return groupsThere(platform.root).flatMap((group) => {
    const there = new Set(directoriesIn(rootOf(platform.root, group)))
    return CATALOGUE.filter((cache) => there.has(cache.directory)).map((cache) =>
      nameIn(group, cache.name),
    )
  })
}
