import {
  type SharedMount,
  isMountDevice,
  isSharedMount,
  mountDevice,
} from '../../catalogue/core/cache-mounts'
import type { Edit } from './edits'
import { type DeviceRequest, type StepMount, deviceFlag, mountsOf } from './step-mounts'
import { type RunStep, expandOwn, joinPath } from './stages'

/** Why a cache mount of a step stays in Docker's build cache. */
export type KeptReason =
  /** The app's property `cache-mounts` is `known`. */
  | 'setting'
  /** A comment switches it off. */
  | 'off'
  /** It means more than a device can: `from=`, `source=`, read only, locked or private. */
  | 'special'
  /** A variable or WORKDIR in it is only known in the build. */
  | 'unknown'
  /** A place at which a device must not appear. */
  | 'place'
  /** Another mount of the step is at, above or below it. */
  | 'nested'
  /** Another mount of the file with the same id stays: they have to see the same files. */
  | 'sibling'
  /** The file has more of them than one file may have. */
  | 'many'

/** A cache mount of a step, and what becomes of it. */
export interface CacheMountPlan {
  readonly flag: StepMount['flag']
  readonly target: string
  /** As the file says it; the target unless it does. */
  readonly id: string
  /** As BuildKit's records name it; null where that cannot be told. */
  readonly fullId: string | null
  /** What it is in shared storage; null where that cannot be told. */
  readonly shared: SharedMount | null
  /** Why it stays; null for one that moves. */
  readonly why: KeptReason | null
}

/** What decides over the cache mounts of a file. */
export interface CacheMountRules {
  readonly mode: 'known' | 'all'
  /** `BUILDKIT_CACHE_MOUNT_NS` of the build. */
  readonly namespace: string
  /** Mounts that builds were given before, by device: a file that was rewritten asks for them. */
  readonly known: ReadonlyMap<string, SharedMount>
  /** Ids that stay, and why. */
  readonly blocked: ReadonlyMap<string, KeptReason>
}

/** So many devices one file is given. */
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

/** A word with its variables put in, which the file itself must have set; null otherwise. */
function known(text: string, { variables }: RunStep): string | null {
  return /["'\\]/.test(text) ? null : expandOwn(text, variables)
}

/** BuildKit's default id: the target without what a path does not need (Go's path.Clean). */
function clean(path: string): string {
  const names = path.split('/').filter((name) => name !== '' && name !== '.')
  return path.startsWith('/') ? `/${names.join('/')}` : names.join('/') || '.'
}

/** The id by which BuildKit shares a mount, in a namespace; null where it is not known. */
function idOf(mount: StepMount, step: RunStep, namespace: string): string | null {
  const target = known(mount.target, step)
  const id = mount.says.includes('id') ? known(mount.id, step) : ''
  if (id === null || (id === '' && target === null)) return null
  return `${namespace}/${id || clean(target ?? '')}`
}

/** What a cache mount means outside the file, as BuildKit reads it; null where that is not known. */
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

/** Whether another mount of the step is where this one is, above or below; or nobody can tell where. */
function isNested(target: string, others: readonly StepMount[], step: RunStep): boolean {
  return others.some((other) => {
    // Secrets and sockets without a place of their own are where nothing is moved to.
    if (other.target === '' && ['secret', 'ssh'].includes(other.type)) return false
    const place = joinPath(step.workdir, known(other.target, step))
    return place === null || isNear(place, target)
  })
}

/** Requests of a file for mounts that it was given when it was rewritten. */
export function earlierRequests(
  requests: readonly DeviceRequest[],
  { mode, known: before }: CacheMountRules,
): readonly DeviceRequest[] {
  if (mode === 'known') return []
  return requests.filter(
    (each) => each.plain && !each.forMount && isMountDevice(each.name) && before.has(each.name),
  )
}

/** What those requests mount, so that a file means the same when it is rewritten once more. */
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
 * What becomes of the cache mounts of a step. `mounts` are all that it has when its package managers
 * have their caches; `off` where a comment switches them off.
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
      return { flag: mount.flag, target: mount.target, id: mount.id, fullId, shared, why }
    })
}

/**
 * Ids that have to stay although each mount by itself could move: one of the same id stays, or there
 * are too many. `before` are the mounts that the file was given when it was rewritten.
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

/** The edits that put a device in the place of each mount that moves. */
export function movedMountEdits(mounts: readonly CacheMountPlan[]): readonly Edit[] {
  return mounts.flatMap(({ flag, shared, why }) => {
    if (why !== null || !shared) return []
    return [{ start: flag.start, end: flag.end, text: deviceFlag(mountDevice(shared), false) }]
  })
}
