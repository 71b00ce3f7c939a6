import type { Entry } from '../../../../src/core/caches/units/entry'

export const DAY = 86_400_000
export const NOW = 1000 * DAY

let inodes = 0

/** An entry as a walk gives it, used 100 days before NOW unless told. */
export function entry(path: string, given: Partial<Entry> = {}): Entry {
  inodes += 1
  const inode = given.inode ?? String(inodes)
  return {
    type: 'file',
    bytes: 4096,
    inode,
    links: given.type === 'directory' ? 2 : 1,
    accessed: NOW - 100 * DAY,
    modified: NOW - 200 * DAY,
    identity: `${inode}:1`,
    target: '',
    path,
    ...given,
  }
}

export function directory(path: string, given: Partial<Entry> = {}): Entry {
  return entry(path, { type: 'directory', ...given })
}
