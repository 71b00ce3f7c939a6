import { cacheDirectoryNamed } from '../../directories/core/places'
import { type BrowserNeed, neededIn } from '../../package-managers/playwright/core/browsers'
import type { Inventory, Removed, Unit } from '../../prune-plan/core/inventory'
import { Column, type List, makeList } from '../../prune-plan/core/list'
import { makeTally } from '../../package-managers/core/usage'
import { type Circumstances, unitMakerOf } from '../../package-managers/core/prune-units'
import { type Entry, withoutFuture } from '../../../foundation/core/entry'
import { type Expiry, isUpTo, LooseStore } from '../../package-managers/core/loose'
import {
  type FileUnit,
  orderSteps,
  type RemovalStep,
  type UnitMaker,
} from '../../package-managers/core/steps'
import { Sweep } from '../../package-managers/core/sweep'
import type { Host } from '../../../foundation/cli/command'
import { removeSteps, walkCache } from '../../directories/host/caches'
import { deviceOf, diskOf } from '../../../foundation/files/disk'
import { runningNpx } from '../../package-managers/npm/host/processes'
import { handOver } from './hand-over'
import { TRASH } from '../../directories/host/remove'
import type { Source } from './source'
import type { StaleBases } from './stale-base-directories'

/** Number of steps sent to the helper at once. */
const BATCH = 256

type MakeMaker = (loose: Circumstances['loose']) => UnitMaker

/** Units of an inventory: solid ones completely, loose ones only as numbers. */
interface Known {
  readonly solid: ReadonlyMap<string, FileUnit>
  readonly loose: LooseStore
}

/** The units to remove. */
interface Removal {
  readonly solid: readonly FileUnit[]
  /** The last loose unit to remove, if any; all before it are removed too. */
  readonly last: Unit | undefined
  /** Those that are removed by their age alone. */
  readonly expiry: Expiry | undefined
}

/** Finds the browsers in a cache's directory that are needed. This may take minutes. */
export type FindNeeded = (
  directory: string,
  progress: (what: string) => void,
) => Promise<readonly BrowserNeed[]>

/**
 * The files of one cache. Its units are entries that the tool does not require. `now` in milliseconds
 * since the epoch; without `findNeeded` no complete browser can be removed.
 */
export function filesSource(
  host: Host,
  cache: string,
  now: number,
  findNeeded?: FindNeeded,
  stale?: StaleBases,
): Source {
  const { name, directory } = cacheDirectoryNamed(cache)
  const make = unitMakerOf(name)
  const find = name === 'playwright' ? findNeeded : undefined
  // Until `settle`, units are made as if no browser was needed.
  let needs: readonly BrowserNeed[] = []
  const neededBrowsers = (room: string) => (find ? neededIn(needs, room) : null)
  const makeMaker: MakeMaker = (loose) => {
    const made = make({ now, neededBrowsers, runningNpx, loose })
    const maker = stale ? stale.around(made) : made
    return {
      add: (entry) => maker.add(withoutFuture(entry, now)),
      units: () => maker.units(),
    }
  }
  if (!find && !stale) return unitsSource(host, cache, makeMaker)
  const learn = async (progress: (what: string) => void) => {
    if (find) needs = await find(directory, progress)
    await stale?.learn(progress)
  }
  const units = unitsSource(host, cache, makeMaker, learn)
  const source = find ? { ...units, inUse: browsersInUse(host) } : units
  return stale ? stale.removing(source) : source
}

/** Why a browser cannot be removed. */
function browsersInUse({ platform }: Host): readonly string[] {
  const who = platform.kind === 'dokku' ? 'an app' : 'a Playwright that .links names'
  return [`needed by ${who}, or installed within the last 25 hours`]
}

/**
 * The files of one cache, as units of `makeMaker`. `learn` reads what its solid units depend on besides
 * the files: it is called if a plan removes any, and at most once.
 */
export function unitsSource(
  host: Host,
  cache: string,
  makeMaker: MakeMaker,
  learn?: (progress: (what: string) => void) => Promise<void>,
): Source {
  const kind = cache.slice(cache.indexOf(':') + 1)
  let isSettled = learn === undefined
  let walked: { readonly again: () => Inventory } | undefined
  let known: Known = { solid: new Map(), loose: new LooseStore(kind) }
  return {
    name: cache,
    selectable: [],
    inUse: ['used within the last 25 hours, or needed by something that was'],

    disk: () => diskWithDevice(host.platform.root),

    async inventory(_selection, progress): Promise<Inventory> {
      const loose = new LooseStore(kind)
      const maker = makeMaker((unit) => loose.add(unit))
      const tally = makeTally()
      let seen = 0
      let bytes = 0
      let leftovers = false
      const complete = await walkCache(host, cache, (entry) => {
        leftovers ||= entry.path.startsWith(TRASH)
        const once = tally.add(entry) ? entry : { ...entry, bytes: 0 }
        maker.add(once)
        seen += 1
        bytes += once.bytes
        if (seen % 10_000 === 0) progress({ units: seen, bytes })
      })
      const again = () => {
        const solid = maker.units()
        known = { solid: new Map(solid.map((unit) => [unit.id, unit])), loose }
        return { source: cache, units: both(solid, loose.list()), bytes, complete, leftovers }
      }
      if (!isSettled) walked = { again }
      return again()
    },

    async settle(progress) {
      if (isSettled || !walked) return null
      await learn?.(progress)
      isSettled = true
      return walked.again()
    },

    async remove(units, progress): Promise<Removed> {
      if (!isSettled && units.length > 0)
        throw new Error(`${cache} was not settled before removing`)
      const removal = chooseUnits(known, units)
      const steps = new Steps(host, cache, makeMaker, removal, known.loose.phases)
      const removed = await removeSteps(host, cache, steps.batches(), ({ done, freed }) =>
        progress({ units: Math.min(done, units.length), bytes: freed }),
      )
      const done = Math.min(steps.unitsBut(removed.left) + removed.expired, units.length)
      const { freed: bytes, trouble } = removed
      return { source: cache, units: done, bytes, left: units.length - done, ...troubleOf(trouble) }
    },
  }
}

async function diskWithDevice(root: string) {
  return { ...(await diskOf(root)), device: deviceOf(root) }
}

/** The first error of the system, if any. */
export function troubleOf(trouble: string): { readonly trouble?: string } {
  return trouble === '' ? {} : { trouble }
}

function both(solid: readonly Unit[], loose: List<Unit>): List<Unit> {
  return makeList(solid.length + loose.length, (index) => {
    const unit = solid[index] ?? loose.at(index - solid.length)
    if (!unit) throw new Error(`no unit has the index ${index}`)
    return unit
  })
}

function chooseUnits(known: Known, units: List<Unit>): Removal {
  const solid: FileUnit[] = []
  let last: Unit | undefined
  for (const unit of units) {
    const found = known.solid.size > 0 ? known.solid.get(unit.id) : undefined
    if (found) solid.push(found)
    else if (!last || isUpTo(last, unit)) last = unit
  }
  const count = units.length - solid.length
  if (last && known.loose.upTo(last) !== count) {
    throw new Error(`the units up to ${last.id} are not those that were chosen`)
  }
  return { solid, last, expiry: last && known.loose.expiry(last) }
}

/** The steps that remove units of one cache, in a safe order. */
class Steps {
  private units = 0
  /** For each step the number of its unit plus 1; 0 if it belongs to no single unit. */
  private readonly unitOf = new Column(Uint32Array)

  constructor(
    private readonly host: Host,
    private readonly cache: string,
    private readonly makeMaker: MakeMaker,
    private readonly removal: Removal,
    private readonly phases: number,
  ) {}

  async *batches(): AsyncGenerator<readonly RemovalStep[]> {
    const { solid, last, expiry } = this.removal
    const ordered = orderSteps(solid)
    for (const { unit } of ordered) this.unitOf.push(unit + 1)
    this.units = solid.length
    for (let from = 0; from < ordered.length; from += BATCH) {
      yield ordered.slice(from, from + BATCH).map(({ step }) => step)
    }
    if (!last || !expiry) return
    for (let phase = 0; phase < this.phases; phase++) {
      yield* this.expire(expiry, phase)
      if (expiry.hasRest) yield* this.sweep(last, phase)
    }
  }

  private *expire({ groups, before }: Expiry, phase: number): Generator<readonly RemovalStep[]> {
    const identity = String(before)
    for (const { group, phase: own } of groups) {
      if (own !== phase) continue
      this.unitOf.push(0)
      yield [{ action: 'expire', path: group, identity }]
    }
  }

  /** Number of removed units if these steps removed nothing. */
  unitsBut(left: readonly number[]): number {
    const numbers = new Set(left.map((index) => this.unitOf.get(index)))
    numbers.delete(0)
    return this.units - numbers.size
  }

  /** Walks the cache again, and yields the steps for the loose units in it. */
  private sweep(last: Unit, phase: number): AsyncGenerator<readonly RemovalStep[]> {
    const before = this.units
    const sweep = new Sweep(last, phase, (unit) => {
      this.unitOf.push(unit === null ? 0 : before + unit + 1)
    })
    const maker = this.makeMaker((unit) => sweep.add(unit))
    return handOver(async (give) => {
      const each = (entry: Entry) => {
        maker.add(entry)
        sweep.pass(entry.path)
      }
      const chunkOver = () => {
        const steps = sweep.take()
        return steps.length > 0 ? give(steps) : undefined
      }
      await walkCache(this.host, this.cache, each, chunkOver)
      maker.units()
      sweep.pass('')
      this.units = before + sweep.units
      await give(sweep.take())
    })
  }
}
