import { type KnownMount, isInUse, withoutKeys } from '../../devices/core/known-cache-mounts'
import { SHARED_MOUNTS, mountKey } from '../../catalogue/core/cache-mounts'
import type { Selection } from '../../prune-plan/core/inventory'
import { mountUnits } from '../core/cache-mount-units'
import { writeDevices } from '../../devices/host/devices'
import { withDevices } from '../../devices/host/lock'
import { knownMounts, rememberMounts } from '../../devices/host/cache-mounts'
import { removeSteps } from '../../directories/host/caches'
import type { Server } from '../../apps/host/server'
import { troubleOf, unitsSource } from './files'
import type { Source } from './source'

/** Whether a name matches a mount: its id, with or without BuildKit's slash, or its target. */
function isCalled({ id, target }: KnownMount, word: string): boolean {
  return [id, id.replace(/^\//, ''), target].includes(word)
}

/**
 * Removes the directories of cache mounts while no build can get one. Returns the keys of the removed
 * ones: one that a build got since the inventory is kept.
 */
function removeMounts(
  server: Server,
  keys: readonly string[],
  now: number,
): Promise<readonly string[]> {
  return withDevices(server, async () => {
    const known = knownMounts(server)
    const used = new Set(known.filter((mount) => isInUse(mount, now)).map(mountKey))
    const gone = keys.filter((key) => !used.has(key))
    await rememberMounts(server, withoutKeys(known, new Set(gone)))
    await writeDevices(server, undefined, gone)
    return gone
  })
}

/** Cache mounts in shared storage. `now` in milliseconds since the epoch. */
export function mountsSource(server: Server, now: number): Source {
  const files = unitsSource(server, SHARED_MOUNTS, () => mountUnits(now, knownMounts(server)))
  return {
    ...files,
    selectable: ['cacheMount'],
    inUse: ['used by a build within the last 25 hours'],

    async inventory({ cacheMount, ...selection }: Selection, progress) {
      const inventory = await files.inventory(selection, progress)
      if (cacheMount === undefined) return inventory
      const called = knownMounts(server).filter((mount) => isCalled(mount, cacheMount))
      const keys = new Set(called.map(mountKey))
      const units = inventory.units.filter(({ id }) => keys.has(id))
      return { ...inventory, units, bytes: units.reduce((sum, { bytes }) => sum + bytes, 0) }
    },

    async remove(units, progress) {
      const gone = await removeMounts(
        server,
        units.map(({ id }) => id),
        now,
      )
      const { freed, trouble } = await removeSteps(server, SHARED_MOUNTS, [], ({ freed: bytes }) =>
        progress({ units: gone.length, bytes }),
      )
      const left = units.length - gone.length
      return {
        source: SHARED_MOUNTS,
        units: gone.length,
        bytes: freed,
        left,
        ...troubleOf(trouble),
      }
    },
  }
}
