import { statSync, statfs as statfsWith } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { codeOf } from './walker'

/** `node:fs/promises` takes longer to load than a whole trigger may wait for. */
const statfs = promisify(statfsWith)

/** The file system that a directory is on. */
export interface Disk {
  /** Bytes in all, and those that a user who is not root may still write. */
  readonly bytes: number
  readonly freeBytes: number
  /** null where the file system makes inodes as it needs them (btrfs). */
  readonly inodes: number | null
  readonly freeInodes: number | null
}

/** The disk of a path; of the next directory above it that is there. */
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

/** The number of the file system of a path, or of the next directory above it that is there. */
export function deviceOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false })
  return found || dirname(path) === path ? (found?.dev ?? 0) : deviceOf(dirname(path))
}

/** Below this nothing is put into a cache by the plugin, and builds do not get any: some tools fail. */
const LEAST_BYTES = 2_000_000_000
const LEAST_INODES = 20_000

/** What is wrong with the space on the disk of a path; null for nothing. */
export async function spaceProblem(path: string): Promise<string | null> {
  const { freeBytes, freeInodes } = await diskOf(path)
  if (freeBytes < LEAST_BYTES) return 'the disk of the caches is nearly full'
  if (freeInodes !== null && freeInodes < LEAST_INODES) {
    return 'the disk of the caches has nearly no inodes left'
  }
  return null
}
