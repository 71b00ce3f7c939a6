import { closeSync, renameSync, symlinkSync } from 'node:fs'
import type { BaseImageDirectory } from '../core/cdi'
import { type CacheDirectory, cacheDirectoryNamed } from '../../directories/core/requirements'
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
import { locksIn } from '../../directories/host/work'

/** Whether a file below an open directory was used since a time, in milliseconds since the epoch. */
async function isUsedSince(directory: number, time: number): Promise<boolean> {
  const since = `@${Math.floor(time / 1000)}`
  let count = 0
  const output = splitAtNul(() => (count += 1))
  const tests = ['-type', 'f', '(', '-newermt', since, '-o', '-newerat', since, ')']
  const isWhole = await find(directory, [...tests, '-printf', 'x\\0', '-quit'], output)
  return count > 0 || !isWhole
}

/**
 * Renames one away. A link to the system's own stays behind, where that is known: a build that began
 * before the system was known goes on there.
 */
async function putAway(top: number, { directory, name: cache }: CacheDirectory, to: string | null) {
  const way = new DirectoryWalker(top)
  try {
    const [parent, name] = way.toParent(directory)
    const own = openDirectory(parent, name)
    try {
      if (await isUsedSince(own, Date.now() - RECENT)) return false
      const locks = locksIn(cache).map((lock) => ({ directory: own, name: lock }))
      const now = () => {
        renameSync(at(parent, name), at(parent, freshName(TRASH)))
        if (to !== null) symlinkSync(to, at(parent, name))
        return Promise.resolve()
      }
      await withLocks(locks, () => undefined, now, 0)
    } finally {
      closeSync(own)
    }
    return true
  } catch (error) {
    if (isRefusal(error)) return false
    throw error
  } finally {
    way.close()
  }
}

/**
 * Renames directories of base images away that no device stands for any more, below an open root, to
 * be deleted with the next removing from there. One that was used within the last day, or that a tool
 * has locked, stays. Gives back the names (`pip@base-KEY`) of those that are away.
 */
export async function putStaleAway(
  top: number,
  gone: readonly string[],
  bases: readonly BaseImageDirectory[],
): Promise<readonly string[]> {
  const inUse = new Set(bases.map(({ room }) => room))
  const away: string[] = []
  for (const name of gone) {
    const room = name.slice(name.indexOf('@') + 1)
    if (inUse.has(room)) continue
    const to = bases.find(({ key }) => baseDirectoryName(key) === room)?.room ?? null
    if (await putAway(top, cacheDirectoryNamed(name), to)) away.push(name)
  }
  return away
}
