import { type Dirent, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CacheSample } from '../core/record'

/** Files that are noted for each cache, and directories that are read for that at most. */
const FILES = 24
const READS = 160
const DEEPEST = 9

/**
 * A few files of a cache, spread over its directories: the same ones for the same content. Reads at most
 * 160 directories and follows no link.
 */
export function sampleCache(cache: string, root: string): CacheSample {
  const read = new Map<string, readonly Dirent[]>()
  const entries = (path: string): readonly Dirent[] => {
    const known = read.get(path)
    if (known) return known
    const found = read.size < READS ? list(join(root, path)) : []
    read.set(path, found)
    return found
  }
  const files = new Set<string>()
  for (let number = 0; number < FILES * 2 && files.size < FILES; number++) {
    const file = descend(entries, number)
    if (file !== null) files.add(file)
  }
  return { cache, files: [...files] }
}

function list(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true }).sort((one, other) =>
      one.name < other.name ? -1 : 1,
    )
  } catch {
    return []
  }
}

/** Goes down to a file. Directories first: files beside them, such as locks, are not the content. */
function descend(entries: (path: string) => readonly Dirent[], number: number): string | null {
  let path = ''
  for (let depth = 0; depth < DEEPEST; depth++) {
    const all = entries(path)
    const directories = all.filter((entry) => entry.isDirectory())
    const choice = directories.length > 0 ? directories : all.filter((entry) => entry.isFile())
    // Another way at each level, also where levels have the same number of entries.
    const chosen = choice[(number * (2 * depth + 1) + Math.floor(number / 7)) % choice.length]
    if (!chosen) return null
    path = path === '' ? chosen.name : `${path}/${chosen.name}`
    if (!chosen.isDirectory()) return path
  }
  return null
}

/** The number of noted files that are gone. */
export function goneFrom({ files }: CacheSample, root: string): number {
  return files.filter((file) => !lstatSync(join(root, file), { throwIfNoEntry: false })).length
}
