import { closeSync, linkSync, lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import type { CacheDirectory } from '../../directories/core/requirements'
import { inOrder, isNeeded } from '../../catalogue/core/image-units'
import { KnownError } from '../../../foundation/core/errors'
import { readTar } from '../../../foundation/docker/engine/tar'
import { Remover, TRASH } from '../../directories/host/remove'
import { at, codeOf, freshName, isRefusal, openDirectory } from '../../../foundation/files/walker'
import { UnitDirectories } from './paths'
import { Meter, Staging, type CopyLimits, type Unit } from './staging'

/**
 * Takes what an image holds of a tool's cache into the shared one. Everything is written beside first
 * and comes in when all of it is there: each unit by one rename or link, never over what is there.
 */

const STAGING = '.incoming-'
/** No run takes as long: what is older was left behind by one that was killed. */
const LEFTOVER_AFTER = 3_600_000

export interface Copied {
  /** Units that came in; the others were there. */
  readonly copied: number
  readonly bytes: number
  /** Units, whole in the cache now, that an app cannot do without. */
  readonly needed: readonly string[]
}

/** Brings one unit in. Gives back false where its name is taken. */
function bringIn(staging: number, directories: UnitDirectories, unit: Unit): boolean {
  const { staged } = unit
  if (staged === null) return false
  return directories.with(unit.path, true, (parent, name) => {
    try {
      if (unit.kind === 'directory') renameSync(at(staging, staged), at(parent, name))
      else linkSync(at(staging, staged), at(parent, name))
      return true
    } catch (error) {
      if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(codeOf(error) ?? '')) return false
      throw error
    }
  })
}

function isWhole(directories: UnitDirectories, { path, mark }: Unit): boolean {
  if (mark === undefined) return true
  try {
    return directories.with(`${path}/${mark}`, false, (parent, name) =>
      lstatSync(at(parent, name)).isFile(),
    )
  } catch (error) {
    if (isRefusal(error)) return false
    throw error
  }
}

/** Renames a directory that nobody waits for to where it is deleted, and deletes it. */
async function discard(top: number, name: string): Promise<void> {
  renameSync(at(top, name), at(top, `${TRASH}${name.slice(1)}`))
  await new Remover(top, () => undefined).empty()
}

async function discardLeftovers(top: number): Promise<void> {
  for (const name of readdirSync(at(top, '.')).filter((each) => each.startsWith(STAGING))) {
    const stats = lstatSync(at(top, name), { throwIfNoEntry: false })
    if (stats?.isDirectory() && Date.now() - stats.mtimeMs > LEFTOVER_AFTER) {
      await discard(top, name)
    }
  }
}

interface Work {
  readonly root: string
  readonly room: CacheDirectory
  readonly directories: UnitDirectories
  /** Path below the cache of what the archive holds: '' or one of its mounts. */
  readonly within: string
}

async function fill(
  staging: number,
  { root, room, directories, within }: Work,
  tar: AsyncIterable<Buffer>,
  limits: CopyLimits,
): Promise<Copied> {
  const meter = new Meter(limits, root)
  // The first part of a name is that of the directory itself.
  const belowCache = (name: string) =>
    [within, ...name.split('/').slice(1)].filter((part) => part !== '').join('/')
  const beside = new Staging(room.name, staging, directories, meter, belowCache)
  try {
    for await (const entry of readTar(tar)) await beside.take(entry)
  } finally {
    beside.close()
  }
  const units = beside.finished()
  const copied = inOrder(units).filter((unit) => bringIn(staging, directories, unit))
  const needed = units.filter(() => isNeeded(room.name))
  const broken = needed.find((unit) => !isWhole(directories, unit))
  if (broken) throw new KnownError(`${broken.path} in the cache was never finished`)
  return { copied: copied.length, bytes: meter.bytes, needed: needed.map(({ path }) => path) }
}

/**
 * Takes the content of an archive, which is a directory of an image, into the directory of a cache
 * or of a system in it. Throws KnownError, and leaves nothing behind, for what is not cache, what
 * could harm, and where a limit is reached; what came in before that stays.
 */
export async function copyIn(
  root: string,
  room: CacheDirectory,
  within: string,
  tar: AsyncIterable<Buffer>,
  limits: CopyLimits,
): Promise<Copied> {
  const umask = process.umask(0)
  const directories = new UnitDirectories(root, room.links, room.directory)
  try {
    await discardLeftovers(directories.staging)
    const name = freshName(STAGING)
    mkdirSync(at(directories.staging, name), { mode: 0o700 })
    const staging = openDirectory(directories.staging, name)
    try {
      return await fill(staging, { root, room, directories, within }, tar, limits)
    } catch (error) {
      if (codeOf(error) === undefined) throw error
      throw new KnownError(`it cannot be written: ${codeOf(error) ?? ''}`)
    } finally {
      closeSync(staging)
      await discard(directories.staging, name)
    }
  } finally {
    directories.close()
    process.umask(umask)
  }
}
