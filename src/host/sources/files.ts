import type { Inventory, Removed, Unit } from '../../core/caches/inventory'
import { roomNamed } from '../../core/apps/layout'
import { makeTally } from '../../core/caches/usage'
import { unitMakerOf } from '../../core/caches/units'
import { orderSteps, type FileUnit, type UnitMaker } from '../../core/caches/units/steps'
import { removeSteps, walkCache, type Machine } from '../caches/caches'
import { deviceOf, diskOf } from '../caches/disk'
import type { Source } from './source'

/**
 * The files of one cache. Its units are those that the tool can miss. `now` in milliseconds since
 * the epoch; `neededBrowsers` are the revisions of browsers that deployed apps need, and without it
 * all of them stay. Throws KnownError for a cache that cannot be pruned yet.
 */
export function filesSource(
  machine: Machine,
  cache: string,
  now: number,
  neededBrowsers: ReadonlySet<string> | null = null,
): Source {
  const makeMaker = unitMakerOf(roomNamed(cache).name)
  return unitsSource(machine, cache, () => makeMaker({ now, neededBrowsers }))
}

/** The files of one cache, by what makes units of them. */
export function unitsSource(machine: Machine, cache: string, makeMaker: () => UnitMaker): Source {
  const known = new Map<string, FileUnit>()
  return {
    name: cache,
    selectable: [],

    async disk() {
      const { root } = machine.platform
      return { ...(await diskOf(root)), device: deviceOf(root) }
    },

    async inventory(_selection, progress): Promise<Inventory> {
      const maker = makeMaker()
      const tally = makeTally()
      let seen = 0
      let bytes = 0
      const complete = await walkCache(machine, cache, (entry) => {
        const once = tally.add(entry) ? entry : { ...entry, bytes: 0 }
        maker.add(once)
        seen += 1
        bytes += once.bytes
        if (seen % 10_000 === 0) progress({ units: seen, bytes })
      })
      known.clear()
      for (const unit of maker.units()) known.set(unit.id, unit)
      return { source: cache, units: [...known.values()], bytes, complete }
    },

    async remove(units, progress): Promise<Removed> {
      const chosen = units.map((unit) => fileUnit(known, unit))
      const steps = orderSteps(chosen)
      const told: Parameters<typeof removeSteps>[3] = ({ done, freed }) =>
        progress({ units: Math.min(done, chosen.length), bytes: freed })
      const removed = await removeSteps(
        machine,
        cache,
        steps.map(({ step }) => step),
        told,
      )
      const left = new Set(removed.left.map((index) => steps[index]?.unit))
      return {
        source: cache,
        units: chosen.length - left.size,
        bytes: removed.freed,
        left: left.size,
      }
    },
  }
}

function fileUnit(known: ReadonlyMap<string, FileUnit>, { id }: Unit): FileUnit {
  const unit = known.get(id)
  if (!unit) throw new Error(`${id} is no unit of the inventory`)
  return unit
}
