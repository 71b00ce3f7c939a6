import { closeSync, linkSync, lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import type { CacheDirectory } from '../../directories/core/places'
import { inOrder, isNeeded } from '../../catalogue/core/image-units'
import { KnownError } from '../../../foundation/core/errors'
import { readTar } from '../../../foundation/docker/engine/tar'
import { Remover, TRASH } from '../../directories/host/remove'
import { at, codeOf, freshName, isRefusal, openDirectory } from '../../../foundation/files/walker'
import { UnitDirectories } from './paths'
import { Meter, Staging, type CopyLimits, type Unit } from './staging'

/**
 * Copies files of a tool's cache from an image to the shared cache. Everything is written to a staging
 * directory first. Complete units are then moved to the cache by one rename or link each, and never
 * replace an existing one.
 */

const STAGING = '.incoming-'
/** No run takes this long: older staging directories were left by killed runs. */
const LEFTOVER_AFTER = 3_600_000

export interface Copied {
  /** Units that were copied; the others existed. */
  readonly copied: number
  readonly bytes: number
  /** Units that an app needs at run time; all are now complete in the cache. */
  readonly needed: readonly string[]
}

/** Moves one unit to the cache. Returns false if its name exists already. */
function moveIn(staging: number, directories: UnitDirectories, unit: Unit): boolean {
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

/** Renames a directory to a name that marks it for deletion, and deletes it. */
async function discard(top: number, name: string): Promise<void> {
  renameSync(at(top, name), at(top, `${TRASH}${name.slice(1)}`))
  await new Remover(top, () => undefined).empty()
}

async function discardLeftovers(top: number): Promise<void> {
  for (const name of readdirSync(at(top, '.')).filter((each) => each.startsWith(STAGING))) {
    const stats = lstatSync(at(top, name), { throwIfNoEntry: false })
    if (stats?.isDirectory() && Math.abs(Date.now() - stats.mtimeMs) > LEFTOVER_AFTER) {
      await discard(top, name)
    }
  }
}

interface Work {
  readonly root: string
  readonly cacheDirectory: CacheDirectory
  readonly directories: UnitDirectories
  /** Path of the archive's content in the cache: '' or one of its mounts. */
  readonly within: string
}

async function fill(
  staging: number,
  { root, cacheDirectory, directories, within }: Work,
  tar: AsyncIterable<Buffer>,
  limits: CopyLimits,
): Promise<Copied> {
  const meter = new Meter(limits, root)
  // The first part of a name is the name of the directory.
  const belowCache = (name: string) =>
    [within, ...name.split('/').slice(1)].filter((part) => part !== '').join('/')
  const beside = new Staging(cacheDirectory.name, staging, directories, meter, belowCache)
  try {
    for await (const entry of readTar(tar)) await beside.add(entry)
  } finally {
    beside.close()
  }
  const units = beside.finished()
  const copied = inOrder(units).filter((unit) => moveIn(staging, directories, unit))
  const needed = units.filter(() => isNeeded(cacheDirectory.name))
  const broken = needed.find((unit) => !isWhole(directories, unit))
  if (broken) throw new KnownError(`${broken.path} in the cache is incomplete`)
  return { copied: copied.length, bytes: meter.bytes, needed: needed.map(({ path }) => path) }
}

/**
 * Copies the content of an archive, a directory of an image, to a cache directory. Throws KnownError
 * for files that do not belong to a cache or could do harm, and if a limit is reached. The staging
 * directory is always deleted; units that were moved before are kept.
 */
export async function copyIn(
  root: string,
  cacheDirectory: CacheDirectory,
  within: string,
  tar: AsyncIterable<Buffer>,
  limits: CopyLimits,
): Promise<Copied> {
  const umask = process.umask(0)
  const directories = new UnitDirectories(root, cacheDirectory.links, cacheDirectory.directory)
  try {
    await discardLeftovers(directories.staging)
    const name = freshName(STAGING)
    mkdirSync(at(directories.staging, name), { mode: 0o700 })
    const staging = openDirectory(directories.staging, name)
    try {
      return await fill(staging, { root, cacheDirectory, directories, within }, tar, limits)
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
