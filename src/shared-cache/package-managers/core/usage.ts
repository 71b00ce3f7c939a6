import { lastUse, type Entry } from '../../../foundation/core/entry'

/** The size of a cache. */
export interface Usage {
  /** Bytes on the disk as `du` counts them: including directories, a hard-linked file once. */
  readonly bytes: number
  /** Number of files, a hard-linked one counted once. */
  readonly files: number
  /** The last use of any file, milliseconds since the epoch; null for a cache without files. */
  readonly newestUse: number | null
  /** False if something could not be read: the numbers are then lower bounds. */
  readonly complete: boolean
}

export interface Tally {
  /** Returns false for another name of a file that was already counted. */
  add(entry: Entry): boolean
  total(complete: boolean): Usage
}

/** Sums the entries of one cache. Keeps only the inodes of hard-linked files. */
export function makeTally(): Tally {
  const linked = new Set<string>()
  let bytes = 0
  let files = 0
  let newest = -Infinity
  return {
    add(entry) {
      if (entry.links > 1 && entry.type !== 'directory') {
        if (linked.has(entry.inode)) return false
        linked.add(entry.inode)
      }
      bytes += entry.bytes
      if (entry.type !== 'file') return true
      files += 1
      newest = Math.max(newest, lastUse(entry))
      return true
    },
    total: (complete) => ({ bytes, files, newestUse: files > 0 ? newest : null, complete }),
  }
}
