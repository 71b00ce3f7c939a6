import { join } from 'node:path'
import type { BaseDirectory } from '../../devices/core/base-directories'
import { cacheDirectoryNamed } from '../../directories/core/requirements'
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

/** What a source of one cache needs to know of its directories of base images. */
export interface StaleBases {
  /** Makes units of those that no build is given any more, and of everything else what the maker does. */
  around(maker: UnitMaker): UnitMaker
  /** Finds out whether containers mount any. */
  learn(progress: (what: string) => void): Promise<void>
  /** The same source, which takes them away as a whole. */
  removing(source: Source): Source
}

/** The stale ones among a cache's directories of base images. Apps may need what is in some: these stay. */
function staleIn(server: Server, cache: string): ReadonlyMap<string, BaseDirectory> {
  const isFree = (room: string) =>
    !isNeeded(cacheDirectoryNamed(cache).name) || !holdsSomething(server, cache, room)
  const stale = baseDirectoriesIn(server, cache).filter(
    ({ room, isStale }) => isStale && isFree(room),
  )
  return new Map(stale.map((directory) => [directory.room, directory]))
}

/** Takes directories away while no build can be given one. Gives back how many are gone. */
async function putAway(server: Server, cache: string, rooms: readonly string[]): Promise<number> {
  const names = rooms.map((room) => `${cache}@${room}`)
  const away = await withDevices(server, () => writeDevices(server, undefined, names))
  return away.length
}

/** Units that are of no use come first in a plan. */
function countStale(units: List<Unit>): number {
  let count = 0
  for (const { isStale } of units) {
    if (isStale !== true) break
    count += 1
  }
  return count
}

function removing(source: Source, putAwayAll: (rooms: readonly string[]) => Promise<number>) {
  const remove: Source['remove'] = async (units, progress) => {
    const stale = countStale(units)
    const gone = stale > 0 ? await putAwayAll(units.slice(0, stale).map(({ id }) => id)) : 0
    const rest = makeList(units.length - stale, (index) => {
      const unit = units.at(index + stale)
      if (!unit) throw new Error('a plan is shorter than it says')
      return unit
    })
    const removed = await source.remove(rest, (done) =>
      progress({ ...done, units: done.units + gone }),
    )
    return { ...removed, units: removed.units + gone, left: removed.left + stale - gone }
  }
  return { ...source, remove }
}

/**
 * The directories of base images that a cache of this server has and that no build is given any more;
 * undefined where there are none. `now` in milliseconds since the epoch.
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
  // As long as nobody has found out, units look as if nothing was mounted.
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
    removing: (source) => removing(source, (rooms) => putAway(server, cache, rooms)),
  }
}
