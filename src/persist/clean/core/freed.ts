import type { Entry } from '../../../foundation/core/entry'

/** Files, and the bytes of the disk that they free. */
export interface Freed {
  readonly files: number
  readonly bytes: number
}

/**
 * Adds up files that are deleted. A file with several names frees its bytes with the last one: `total`
 * counts them only if all its names were seen.
 */
export function makeFreed(): { add: (entry: Entry) => void; total: () => Freed } {
  let [files, bytes] = [0, 0]
  const names = new Map<string, { links: number; seen: number }>()
  return {
    add({ inode, links, bytes: size }) {
      files += 1
      const known = names.get(inode) ?? { links, seen: 0 }
      // Its other names may be deleted by now: the first number is that of all of them.
      if (links > 1 || known.seen > 0) names.set(inode, { ...known, seen: known.seen + 1 })
      if (known.seen + 1 >= known.links) bytes += size
    },
    total: () => ({ files, bytes }),
  }
}
