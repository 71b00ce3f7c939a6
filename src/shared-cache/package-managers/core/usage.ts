import { lastUse, type Entry } from '../../../foundation/core/entry'

/** What a cache takes. */
export interface Usage {
  /** Bytes on the disk, directories included, a hard-linked file once: what `du` says. */
  readonly bytes: number
  /** Files, a hard-linked one once. */
  readonly files: number
  /** When any file was used last, milliseconds since the epoch; null for a cache without files. */
  readonly newestUse: number | null
  /** False where something could not be read: the numbers are then lower bounds. */
  readonly complete: boolean
}

export interface Tally {
  /** Gives back false for another name of a file that was counted: its bytes are none of their own. */
  add(entry: Entry): boolean
  total(complete: boolean): Usage
}

/** Adds up the entries of one cache; remembers inodes of hard-linked files alone. */
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
