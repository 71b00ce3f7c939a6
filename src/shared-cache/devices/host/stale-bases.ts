import { closeSync, renameSync, symlinkSync } from 'node:fs'
import type { BaseImageDirectory } from '../core/cdi'
import { type CacheDirectory, cacheDirectoryNamed } from '../../directories/core/places'
import { baseDirectoryName } from '../../catalogue/core/system'
import { RECENT } from '../../package-managers/core/tree'
import { find, splitAtNul } from '../../../foundation/files/find'
import { TRASH } from '../../directories/host/remove'
import { withLocks } from '../../directories/host/tool-lock'
import {
  at,
  freshName,
  isRefusal,
  openDirectory,
  DirectoryWalker,
} from '../../../foundation/files/walker'
import { locksIn } from '../../directories/host/contents'

/** Whether a file below an open directory was used since a time, in milliseconds since the epoch. */
async function isUsedSince(directory: number, time: number): Promise<boolean> {
  const since = `@${Math.floor(time / 1000)}`
  let count = 0
  const output = splitAtNul(() => (count += 1))
  // A time in the future came from a wrong clock.
  const tomorrow = `@${Math.floor(Date.now() / 1000) + 86_400}`
  const within = (time: string) => [`-newer${time}t`, since, '!', `-newer${time}t`, tomorrow]
  const tests = ['-type', 'f', '(', ...within('m'), '-o', ...within('a'), ')']
  const isWhole = await find(directory, [...tests, '-printf', 'x\\0', '-quit'], output)
  return count > 0 || !isWhole
}

/**
 * Renames the directory of a base image for deletion. If the system is known, a link to its directory
 * replaces it, for builds that are already running. False if it is in use.
 */
async function discard(top: number, { directory, name: cache }: CacheDirectory, to: string | null) {
  const walker = new DirectoryWalker(top)
  try {
    const [parent, name] = walker.toParent(directory)
    const own = openDirectory(parent, name)
    try {
      if (await isUsedSince(own, Date.now() - RECENT)) return false
      const locks = locksIn(cache).map((lock) => ({ directory: own, name: lock }))
      const rename = () => {
        renameSync(at(parent, name), at(parent, freshName(TRASH)))
        if (to !== null) symlinkSync(to, at(parent, name))
        return Promise.resolve()
      }
      await withLocks(locks, () => undefined, rename, 0)
    } finally {
      closeSync(own)
    }
    return true
  } catch (error) {
    if (isRefusal(error)) return false
    throw error
  } finally {
    walker.close()
  }
}

/**
 * Renames directories of base images that no device uses any more, below an open root, so that the next
 * prune deletes them. One that was used within the last day, or that a tool has locked, is kept.
 * Returns the names of the renamed ones (`pip@base-KEY`).
 */
export async function discardStale(
  top: number,
  names: readonly string[],
  bases: readonly BaseImageDirectory[],
): Promise<readonly string[]> {
  const inUse = new Set(bases.map(({ directory }) => directory))
  const discarded: string[] = []
  for (const name of names) {
    const own = name.slice(name.indexOf('@') + 1)
    if (inUse.has(own)) continue
    const to = bases.find(({ key }) => baseDirectoryName(key) === own)?.directory ?? null
    if (await discard(top, cacheDirectoryNamed(name), to)) discarded.push(name)
  }
  return discarded
}
