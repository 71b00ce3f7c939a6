import {
  chmodSync,
  chownSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  writeSync,
} from 'node:fs'
import { TAG, TAG_CONTENT } from '../../directories/core/places'
import { type CacheMountDirectory, SHARED_MOUNTS } from '../../catalogue/core/cache-mounts'
import { TRASH } from '../../directories/host/remove'
import {
  at,
  codeOf,
  freshName,
  isRefusal,
  openDirectory,
  TO_NEW_FILE,
} from '../../../foundation/files/walker'

/** Opens the directory of all cache mounts; creates it if it is missing. */
function openShared(top: number): number {
  try {
    return openDirectory(top, SHARED_MOUNTS)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  mkdirSync(at(top, SHARED_MOUNTS), { mode: 0o755 })
  const directory = openDirectory(top, SHARED_MOUNTS)
  chmodSync(at(directory, '.'), 0o755)
  const tag = openSync(at(directory, TAG), TO_NEW_FILE, 0o644)
  writeSync(tag, TAG_CONTENT)
  closeSync(tag)
  return directory
}

/** Makes a directory under another name, then renames it: it has its final owner from the start. */
function makeOne(shared: number, { key, uid, gid, mode }: CacheMountDirectory): void {
  const beside = `.new-${key}`
  if (lstatSync(at(shared, beside), { throwIfNoEntry: false })) rmdirSync(at(shared, beside))
  mkdirSync(at(shared, beside), { mode: 0o700 })
  const fd = openDirectory(shared, beside)
  try {
    chownSync(at(fd, '.'), uid, gid)
    // After chown, which clears bits of the mode.
    chmodSync(at(fd, '.'), mode)
  } finally {
    closeSync(fd)
  }
  renameSync(at(shared, beside), at(shared, key))
}

/**
 * Makes the directories of cache mounts below an open root like BuildKit does. Existing ones do not
 * change. Returns the mounts that have a directory: a device without one fails every build that
 * requests it.
 */
export function makeMounts(
  top: number,
  mounts: readonly CacheMountDirectory[],
): readonly CacheMountDirectory[] {
  if (mounts.length === 0) return []
  const shared = openShared(top)
  try {
    return mounts.filter((mount) => {
      const stats = lstatSync(at(shared, mount.key), { throwIfNoEntry: false })
      if (!stats) makeOne(shared, mount)
      return stats?.isDirectory() ?? true
    })
  } finally {
    closeSync(shared)
  }
}

/** Renames directories of cache mounts, so that the next prune deletes them. */
export function trashMounts(top: number, keys: readonly string[]): void {
  if (keys.length === 0) return
  const shared = openShared(top)
  try {
    const name = freshName(TRASH)
    mkdirSync(at(shared, name), { mode: 0o700 })
    const trash = openDirectory(shared, name)
    for (const key of keys) {
      try {
        renameSync(at(shared, key), at(trash, key))
      } catch (error) {
        if (!isRefusal(error)) throw error
      }
    }
    closeSync(trash)
  } finally {
    closeSync(shared)
  }
}
