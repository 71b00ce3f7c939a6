import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { cacheNamed } from '../../catalogue/core/catalogue'
import { codeOf } from '../../../foundation/files/walker'
import type { PipFacts } from '../core/pip'

/** Maximum number of directories to read: this must be fast, and a few files are enough. */
const MOST_DIRECTORIES = 300

function entriesOf(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return []
  }
}

function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/**
 * The modification time of the newest file below these directories; null without a file. Times of
 * directories do not count: removing something changes them too. No link is followed.
 */
function newestFile(directories: readonly string[]): number | null {
  const todo = [...directories]
  let newest: number | null = null
  for (let count = 0; count < MOST_DIRECTORIES; count++) {
    const path = todo.pop()
    if (path === undefined) break
    for (const entry of entriesOf(path)) {
      const inside = join(path, entry.name)
      if (entry.isDirectory()) todo.push(inside)
      else if (entry.isFile()) newest = Math.max(newest ?? 0, changedAt(inside))
    }
  }
  return newest
}

/** How the pip cache below a root is used, from a few directories; null if there is none. */
export function pipFacts(root: string): PipFacts | null {
  const { directory, downloaded } = cacheNamed('pip')
  const cache = join(root, directory)
  const entries = entriesOf(cache)
  if (entries.length === 0) return null
  const downloads = downloaded.map((name) => join(cache, name))
  const systems = entries.filter((entry) => entry.isDirectory() && !downloaded.includes(entry.name))
  // pip writes these in the directory of the cache, or of a system.
  const written = [cache, ...systems.map(({ name }) => join(cache, name))].flatMap((path) => [
    join(path, 'selfcheck'),
    join(path, 'wheels'),
  ])
  return {
    hasDownloads: downloads.some((path) => entriesOf(path).length > 0),
    downloadsChanged: Math.max(...downloads.map(changedAt)),
    lastWritten: newestFile(written),
  }
}
