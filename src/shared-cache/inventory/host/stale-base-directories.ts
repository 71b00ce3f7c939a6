import { join } from 'node:path'
import type { BaseDirectory } from '../../devices/core/base-directories'
import { cacheDirectoryNamed } from '../../directories/core/places'
import type { Unit } from '../../prune-plan/core/inventory'
import { isNeeded } from '../../catalogue/core/image-units'
import { type List, makeList } from '../../prune-plan/core/list'
import { withStaleBases } from '../core/base-units'
import type { UnitMaker } from '../../package-managers/core/steps'
import { KnownError } from '../../../foundation/core/errors'
import { baseDirectoriesIn, holdsSomething } from '../../devices/host/base-directories'
import { writeDevices } from '../../devices/host/devices'
import { withDevices } from '../../devices/host/lock'
import type { Engine } from '../../../foundation/docker/engine'
import type { Server } from '../../apps/host/server'
import { isIn } from './needed-browsers'
import type { Source } from './source'

/** The directories of base images in one cache that builds no longer use. */
export interface StaleBases {
  /** Returns a maker that makes units of them, and passes everything else to another maker. */
  around(maker: UnitMaker): UnitMaker
  /** Finds those that containers mount. */
  learn(progress: (what: string) => void): Promise<void>
  /** The same source, which removes them as a whole. */
  removing(source: Source): Source
}

/** The stale base image directories in a cache, except those with files that apps may need. */
function staleIn(server: Server, cache: string): ReadonlyMap<string, BaseDirectory> {
  const isFree = (directory: string) =>
    !isNeeded(cacheDirectoryNamed(cache).name) || !holdsSomething(server, cache, directory)
  const stale = baseDirectoriesIn(server, cache).filter(
    ({ directory, isStale }) => isStale && isFree(directory),
  )
  return new Map(stale.map((one) => [one.directory, one]))
}

/** Removes directories while no build can get one. Returns the number of removed ones. */
async function removeBases(
  server: Server,
  cache: string,
  rooms: readonly string[],
): Promise<number> {
  const names = rooms.map((room) => `${cache}@${room}`)
  const removed = await withDevices(server, () => writeDevices(server, undefined, names))
  return removed.length
}

/** Stale units come first in a plan. */
function countStale(units: List<Unit>): number {
  let count = 0
  for (const { isStale } of units) {
    if (isStale !== true) break
    count += 1
  }
  return count
}

function removing(source: Source, removeAll: (rooms: readonly string[]) => Promise<number>) {
  const remove: Source['remove'] = async (units, progress) => {
    const stale = countStale(units)
    const count = stale > 0 ? await removeAll(units.slice(0, stale).map(({ id }) => id)) : 0
    const rest = makeList(units.length - stale, (index) => {
      const unit = units.at(index + stale)
      if (!unit) throw new Error('a plan is shorter than its length')
      return unit
    })
    const removed = await source.remove(rest, (done) =>
      progress({ ...done, units: done.units + count }),
    )
    return { ...removed, units: removed.units + count, left: removed.left + stale - count }
  }
  return { ...source, remove }
}

/**
 * The base image directories in a cache of this server that builds no longer use; undefined if there
 * are none. `now` in milliseconds since the epoch.
 */
export function staleBases(
  server: Server,
  engine: () => Promise<Engine>,
  cache: string,
  now: number,
): StaleBases | undefined {
  const stale = staleIn(server, cache)
  if (stale.size === 0) return undefined
  const { name, directory } = cacheDirectoryNamed(cache)
  // Until `learn`, units are made as if no container mounted any.
  let isMounted: (room: string) => boolean = () => false
  return {
    around: (maker) => withStaleBases(maker, name, stale, now, (room) => isMounted(room)),
    async learn(progress) {
      progress('any container')
      try {
        const containers = await (await engine()).containers({})
        const paths = containers.flatMap(({ binds }) => binds)
        isMounted = (room) => paths.some(isIn(join(server.platform.hostRoot, directory, room)))
      } catch (error) {
        if (!(error instanceof KnownError)) throw error
        isMounted = () => true
      }
    },
    removing: (source) => removing(source, (rooms) => removeBases(server, cache, rooms)),
  }
}
