import { cacheNamed } from '../../catalogue/core/catalogue'
import type { CacheSpec } from '../../catalogue/core/cache-spec'
import { isNeeded } from '../../catalogue/core/image-units'
import { lossKey } from '../../build-records/core/losses'
import type { BrowserDirectories } from './playwright'
import type { DeviceRequest, StepMount } from './step-mounts'
import type { CacheMountRules } from './moved-cache-mounts'
import { CARGO_HOMES } from '../../catalogue/core/build-places'
import { hides, isCacheLocation } from './cache-locations'
import { harmTo } from './harm'
import { judge } from './judge'
import { type Call, mayCall, type StepCalls } from '../../shell/core/call'
import type { RunStep } from './stages'
import { toolOf } from './tools'
import type { BuildTool } from './build-tool'

/** Why a step that could use a cache does not get it. */
type WithheldReason =
  /** The step empties it, or runs what must not run while others install. */
  | 'empties'
  /** The cache had lost most of its files after an earlier build. */
  | 'emptied-before'
  /** It changes files of the cache, their owner or their mode, or puts other files there. */
  | 'changes'
  /** Its text could not be read. */
  | 'unclear'
  /** Every call in the step turns the cache off. */
  | 'bypasses'
  /** The step or the stage configures another location for the tool's cache. */
  | 'elsewhere'
  /** Another mount covers it. */
  | 'hidden'
  /** A cache mount at the tool's location has options that a device does not have: `from=`, `readonly`. */
  | 'mount'
  /** Another step needs the files in the image. */
  | 'needed'
  /** The base image is not known, and files built for one system must not be used on another. */
  | 'base'
  /** The app needs its browsers in the image. */
  | 'image'

export interface WithheldCache {
  readonly cache: string
  readonly why: WithheldReason
  /** The words or the path that cause it. */
  readonly what: string
}

export interface GivenCache {
  readonly cache: string
  /** Name of the device, without its kind. */
  readonly device: string
  /** Whether it only replaces a cache mount: no known call uses it. */
  readonly forMount: boolean
}

/** What the steps of a build can get, and what limits it. */
export interface BuildInput {
  /** Caches that the app's builds use; none where they are turned off. */
  readonly caches: readonly string[]
  /** Caches whose files have to be in the image, with the words that need them. */
  readonly needed: ReadonlyMap<string, string>
  /** Name of a cache's device in a stage with this base; null where the base has to be known and is not. */
  readonly device: (cache: CacheSpec, base: string | null, platform: string) => string | null
  /** Where browsers go: '' for the image, and for a file that sets their location itself. */
  readonly browserDirectories: BrowserDirectories
  readonly cacheMounts: CacheMountRules
  /** Steps that emptied a cache in an earlier build, and the cache: see `lossKey`. */
  readonly losses: ReadonlySet<string>
  /** Caches to which earlier steps downloaded what this step may need. */
  readonly fetched?: ReadonlySet<string>
}

/** Images that set CARGO_HOME to one of `CARGO_HOMES`, as the official ones do. */
const SETS_CARGO_HOME = /rust|cargo/i

/** What gives a step another home directory than root's, where its image sets no CARGO_HOME; '' for nothing. */
function otherHome({ user, base }: RunStep, home: string | null | undefined): string {
  if (SETS_CARGO_HOME.test(base ?? '')) return ''
  if (home != null && home !== '/root') return `HOME=${home}`
  return /^(?:|root|0)(?::|$)/.test(user) || user.includes('$') ? '' : `USER ${user}`
}

/** The variable that configures another location or turns the cache off; null for none. */
function byVariables(
  cache: CacheSpec,
  row: BuildTool,
  call: Call,
  step: RunStep,
): WithheldCache | null {
  const { variables } = step
  const value = (name: string) => call.env[name] ?? variables.get(name)
  const brought = row.yieldsTo.find((name) => value(name) !== undefined)
  if (brought !== undefined) return { cache: cache.name, why: 'elsewhere', what: brought }
  const off = row.bypassVariables.find(({ name, except }) => {
    const set = value(name)
    return set !== undefined && set !== null && !except.test(set)
  })
  if (off)
    return { cache: cache.name, why: 'bypasses', what: `${off.name}=${value(off.name) ?? ''}` }
  if (cache.followsImage) {
    const home = value(cache.location.name)
    if (home != null && !CARGO_HOMES.includes(home))
      return { cache: cache.name, why: 'elsewhere', what: cache.location.name }
    const other = home == null ? otherHome(step, value('HOME')) : ''
    return other === '' ? null : { cache: cache.name, why: 'elsewhere', what: other }
  }
  // A device's variable overrides ENV and ARG, but not what the step itself sets.
  const given = [cache.location, ...cache.helpers].map(({ name }) => name)
  const own = [cache.location.name, ...row.locationNames].find(
    (name) => call.env[name] !== undefined || (!given.includes(name) && variables.has(name)),
  )
  return own === undefined ? null : { cache: cache.name, why: 'elsewhere', what: own }
}

interface Demand {
  readonly wanted: boolean
  readonly called: boolean
  readonly withheld: WithheldCache | null
  /** Calls that turn the cache off, where another one uses it. */
  readonly bypassing: readonly string[]
}

/** Whether the calls of a step could use a cache, and the reason why not where all calls have one. */
function demandOf(cache: CacheSpec, row: BuildTool, calls: readonly Call[], step: RunStep): Demand {
  const against: WithheldCache[] = []
  let called = false
  for (const call of calls.filter(({ uncertain }) => !uncertain)) {
    const effect = judge(row, call.words)
    if (effect === null || effect === 'empties') continue
    const withheld =
      effect === 'uses'
        ? byVariables(cache, row, call, step)
        : { cache: cache.name, why: effect, what: call.words.join(' ') }
    if (withheld) against.push(withheld)
    else called = true
  }
  const withheld = called ? null : (against[0] ?? null)
  const bypassing = against.flatMap(({ why, what }) => (called && why === 'bypasses' ? [what] : []))
  return { wanted: called || withheld !== null, called, withheld, bypassing }
}

/** A step, and the build that it is in. */
interface Facts {
  readonly step: RunStep
  readonly key: string
  readonly calls: StepCalls
  readonly mounts: readonly StepMount[]
  readonly requests: readonly DeviceRequest[]
  readonly input: BuildInput
}

interface Decision {
  readonly given: GivenCache | null
  readonly withheld: WithheldCache | null
  /** Cache mounts that the cache replaces. */
  readonly replaced: readonly StepMount[]
  readonly bypassing: readonly string[]
}

const NOTHING: Decision = { given: null, withheld: null, replaced: [], bypassing: [] }

/** Decides whether a step gets a cache. */
export function decide(facts: Facts, name: string): Decision {
  const { step, calls, mounts, requests, input } = facts
  const { variables } = step
  const cache = cacheNamed(name)
  const row = toolOf(name)
  const demand = demandOf(cache, row, calls.calls, step)
  const places = mounts.filter(
    (mount) => mount.type === 'cache' && isCacheLocation(cache, row, mount.target, variables),
  )
  const replaced = places.filter((mount) => mount.from === '' && !mount.readonly)
  const device = input.device(cache, step.base, step.platform)
  const asked = requests.some((request) => request.forMount && request.name === device)
  const needs = input.fetched?.has(name) === true && mayCall(calls.calls, row.programs)
  if (!demand.wanted && replaced.length === 0 && !asked && !needs) return NOTHING

  const withheld = (why: WithheldReason, what = ''): Decision => ({
    ...NOTHING,
    withheld: { cache: name, why, what },
  })
  if (calls.unclear !== null) return withheld('unclear', calls.unclear)
  const harm = harmTo(cache, row, calls, variables)
  if (harm) return withheld(harm.why, harm.what)
  if (input.losses.has(lossKey({ cache: name, key: facts.key }))) return withheld('emptied-before')
  if (demand.withheld) return { ...NOTHING, withheld: demand.withheld }
  const needed = input.needed.get(name)
  if (needed !== undefined) return withheld('needed', needed)
  if (isNeeded(name) && input.browserDirectories(step.base, step.platform) === '')
    return withheld('image')
  if (device === null) return withheld('base')
  const special = places.find((mount) => !replaced.includes(mount))
  if (special) return withheld('mount', special.target)
  const over = mounts.find(
    (mount) => !replaced.includes(mount) && hides(cache, mount.target, variables),
  )
  if (over) return withheld('hidden', over.target)
  const forMount = !demand.called && !needs
  const { bypassing } = demand
  return { given: { cache: name, device, forMount }, withheld: null, replaced, bypassing }
}
