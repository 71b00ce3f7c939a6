import {
  type SharedMount,
  isMountDevice,
  isSharedMount,
  mountDevice,
} from '../../catalogue/core/cache-mounts'
import type { Edit } from './edits'
import { type DeviceRequest, type StepMount, deviceFlag, mountsOf } from './step-mounts'
import { cacheAt } from './cache-locations'
import type { RunStep } from './stages'
import { expandOwn, joinPath } from './variables'

/** Why a cache mount of a step stays in Docker's build cache. */
export type KeptReason =
  /** The app's property `cache-mounts` is `known`. */
  | 'setting'
  /** A comment turns it off. */
  | 'off'
  /** It has options that a device does not have: `from=`, `source=`, read-only, locked or private. */
  | 'special'
  /** A variable or WORKDIR in it is known only during the build. */
  | 'unknown'
  /** A path at which a device must not be mounted. */
  | 'place'
  /** Another mount of the step is at, above or below it. */
  | 'nested'
  /** Another mount of the file with the same ID stays: both have to see the same files. */
  | 'sibling'
  /** The file has more of them than `MOST`. */
  | 'many'

/** A cache mount of a step, and whether it moves to shared storage. */
export interface CacheMountPlan {
  readonly flag: StepMount['flag']
  readonly target: string
  /** The cache of the catalogue that it has the place of; '' for none. */
  readonly cache: string
  /** As in the file; the target where the file has no ID. */
  readonly id: string
  /** As in BuildKit's records; null where it is not known. */
  readonly fullId: string | null
  /** The cache mount in shared storage; null where it is not known. */
  readonly shared: SharedMount | null
  /** Why it stays; null for one that moves. */
  readonly why: KeptReason | null
}

/** The rules for the cache mounts of a file. */
export interface CacheMountRules {
  readonly mode: 'known' | 'all'
  /** `BUILDKIT_CACHE_MOUNT_NS` of the build. */
  readonly namespace: string
  /** Cache mounts of earlier builds, by device: a file that was rewritten requests them. */
  readonly known: ReadonlyMap<string, SharedMount>
  /** IDs that stay, and why. */
  readonly blocked: ReadonlyMap<string, KeptReason>
}

/** Devices that one file gets at most. */
const MOST = 16

const PLAIN = new Set('type target id sharing uid gid mode readonly readwrite source'.split(' '))

function isSpecial(mount: StepMount): boolean {
  const { from, readonly, sharing, source, says } = mount
  return (
    from !== '' ||
    readonly ||
    sharing !== 'shared' ||
    !/^\/?$/.test(source) ||
    says.some((name) => !PLAIN.has(name))
  )
}

/** A word with its variables replaced; null where the file itself does not set one of them. */
function known(text: string, { variables }: RunStep): string | null {
  return /["'\\]/.test(text) ? null : expandOwn(text, variables)
}

/** BuildKit's default ID: the cleaned target (Go's path.Clean). */
function clean(path: string): string {
  const names = path.split('/').filter((name) => name !== '' && name !== '.')
  return path.startsWith('/') ? `/${names.join('/')}` : names.join('/') || '.'
}

/** The ID by which BuildKit shares a mount, in a namespace; null where it is not known. */
function idOf(mount: StepMount, step: RunStep, namespace: string): string | null {
  const target = known(mount.target, step)
  const id = mount.says.includes('id') ? known(mount.id, step) : ''
  if (id === null || (id === '' && target === null)) return null
  return `${namespace}/${id || clean(target ?? '')}`
}

/** A cache mount as BuildKit reads it, without the file; null where that is not known. */
function sharedOf(mount: StepMount, step: RunStep, id: string | null): SharedMount | null {
  const words = [mount.uid, mount.gid, mount.mode].map((text) => known(text, step))
  const [uid, gid, mode] = words
  const target = joinPath(step.workdir, known(mount.target, step))
  if (id === null || target === null || uid == null || gid == null || mode == null) return null
  return { id, uid, gid, mode, target }
}

function isNear(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`)
}

/** Whether another mount of the step overlaps this one, or might: its target is not known. */
function isNested(target: string, others: readonly StepMount[], step: RunStep): boolean {
  return others.some((other) => {
    // Secrets and sockets without a target are in /run, where no cache mount moves.
    if (other.target === '' && ['secret', 'ssh'].includes(other.type)) return false
    const place = joinPath(step.workdir, known(other.target, step))
    return place === null || isNear(place, target)
  })
}

/** Requests for cache mounts that the file got when it was rewritten earlier. */
export function earlierRequests(
  requests: readonly DeviceRequest[],
  { mode, known: before }: CacheMountRules,
): readonly DeviceRequest[] {
  if (mode === 'known') return []
  return requests.filter(
    (each) => each.plain && !each.forMount && isMountDevice(each.name) && before.has(each.name),
  )
}

/** What those requests mount, so that rewriting the file again gives the same result. */
export function earlierMounts(
  requests: readonly DeviceRequest[],
  { known: before }: CacheMountRules,
): readonly StepMount[] {
  return requests.flatMap((request) => {
    const target = before.get(request.name)?.target
    const flag = { ...request.flag, name: 'mount', value: `type=device,target=${target ?? ''}` }
    return target === undefined ? [] : mountsOf([flag])
  })
}

function keptReason(
  mount: StepMount,
  shared: SharedMount | null,
  others: readonly StepMount[],
  step: RunStep,
  rules: CacheMountRules,
): KeptReason | null {
  if (isSpecial(mount)) return 'special'
  if (shared === null) return 'unknown'
  if (!isSharedMount(shared)) return 'place'
  if (isNested(shared.target, others, step)) return 'nested'
  return rules.blocked.get(shared.id) ?? (rules.mode === 'known' ? 'setting' : null)
}

/**
 * Plans which cache mounts of a step move. `mounts` are those that no package manager's cache
 * replaces; `off` is whether a comment turns the shared caches off.
 */
export function planCacheMounts(
  step: RunStep,
  mounts: readonly StepMount[],
  off: boolean,
  rules: CacheMountRules,
): readonly CacheMountPlan[] {
  return mounts
    .filter(({ type }) => type === 'cache')
    .map((mount) => {
      const fullId = idOf(mount, step, rules.namespace)
      const shared = sharedOf(mount, step, fullId)
      const others = mounts.filter((other) => other !== mount)
      const why = off ? 'off' : keptReason(mount, shared, others, step, rules)
      const { flag, target, id } = mount
      return { flag, target, cache: cacheAt(target, step.variables), id, fullId, shared, why }
    })
}

/**
 * IDs that have to stay although each mount by itself could move: another mount with the same ID
 * stays, or there are too many. `before` are the mounts that moved when the file was rewritten earlier.
 */
export function blockedIds(
  plans: readonly CacheMountPlan[],
  before: readonly SharedMount[],
): ReadonlyMap<string, KeptReason> {
  const blocked = new Map<string, KeptReason>()
  for (const { fullId, why } of plans) {
    if (fullId !== null && why !== null && why !== 'setting') blocked.set(fullId, 'sibling')
  }
  const devices = new Set(before.map(mountDevice))
  const movable = plans.flatMap(({ shared }) => (shared && !blocked.has(shared.id) ? [shared] : []))
  for (const id of new Set(movable.map((mount) => mount.id))) {
    const own = movable.filter((mount) => mount.id === id).map(mountDevice)
    const more = own.filter((device) => !devices.has(device))
    if (devices.size + new Set(more).size > MOST) blocked.set(id, 'many')
    else for (const device of more) devices.add(device)
  }
  return blocked
}

/** The edits that replace each mount that moves by a device. */
export function movedMountEdits(mounts: readonly CacheMountPlan[]): readonly Edit[] {
  return mounts.flatMap(({ flag, shared, why }) => {
    if (why !== null || !shared) return []
    return [{ start: flag.start, end: flag.end, text: deviceFlag(mountDevice(shared), false) }]
  })
}
