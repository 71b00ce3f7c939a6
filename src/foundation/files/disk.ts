import { statSync, statfs as statfsWith } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { formatBytes } from '../output/units'
import { codeOf } from './walker'

/** Loading `node:fs/promises` would take longer than the rest of a trigger. */
const statfs = promisify(statfsWith)

/** The file system of a directory. */
export interface Disk {
  /** Total bytes, and bytes that users other than root can still write. */
  readonly bytes: number
  readonly freeBytes: number
  /** null if the file system creates inodes on demand (btrfs). */
  readonly inodes: number | null
  readonly freeInodes: number | null
}

/** The disk of a path, or of its nearest existing parent. */
export async function diskOf(path: string): Promise<Disk> {
  try {
    const { bsize, blocks, bavail, files, ffree } = await statfs(path)
    return {
      bytes: blocks * bsize,
      freeBytes: bavail * bsize,
      inodes: files > 0 ? files : null,
      freeInodes: files > 0 ? ffree : null,
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error
    return diskOf(dirname(path))
  }
}

/** The device number of a path, or of its nearest existing parent. */
export function deviceOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false })
  return found || dirname(path) === path ? (found?.dev ?? 0) : deviceOf(dirname(path))
}

/**
 * With less free space, this plugin writes nothing to a cache and builds do not use caches: some tools
 * fail on a nearly full disk.
 */
export const NEEDED_BYTES = 2_000_000_000
export const NEEDED_INODES = 20_000

/** Why a disk has too little space, with the free and the needed bytes; null if it has enough. */
export async function spaceProblem(path: string): Promise<string | null> {
  const { freeBytes, freeInodes } = await diskOf(path)
  if (freeBytes < NEEDED_BYTES) {
    const free = formatBytes(freeBytes)
    return `the disk of the caches has ${free} free, ${formatBytes(NEEDED_BYTES)} are needed`
  }
  if (freeInodes !== null && freeInodes < NEEDED_INODES) {
    return `the disk of the caches has ${freeInodes} free inodes, ${NEEDED_INODES} are needed`
  }
  return null
}
