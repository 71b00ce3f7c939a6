import { type RecordUnit, isMount } from './buildkit'
import { KnownError } from '../errors'
import type { Chosen, Inventory, PrunePlan } from '../caches/inventory'
import { pick, planPrune } from '../caches/prune-plan'
import { parseAge, parseSize } from '../size'

/** What a host may spend on BuildKit's cache, as settings say it. */
export interface BudgetSettings {
  /** A size, a share of the disk such as `20%`, or `off`. */
  readonly maxSize: string
  /** An age, or `off`. */
  readonly maxAge: string
  /** A size for each cache mount, `NAME=SIZE` for single ones, or `off`. */
  readonly mountMaxSize: string
  /** A size, a share of the disk, or `off`. */
  readonly minFree: string
}

/** Bytes of the disk that Docker's data are on. */
export interface DiskSpace {
  readonly bytes: number
  readonly freeBytes: number
}

/** Budgets in bytes and milliseconds; null where there is none. */
export interface Budgets {
  readonly maxBytes: number | null
  readonly maxAge: number | null
  readonly eachMount: number | null
  readonly mounts: readonly { readonly name: string; readonly bytes: number }[]
  /** How much of the disk is to be free, and how much is. */
  readonly minFree: number | null
  readonly free: number | null
}

const SHARE = /^(\d+(?:\.\d+)?)\s*%$/

function shareOf(text: string): number | null {
  const percent = Number(SHARE.exec(text.trim())?.[1] ?? NaN)
  return percent <= 100 ? percent / 100 : null
}

/** Canonical form of an amount of disk: a size, a share such as `20%`, or `off`. Throws KnownError. */
export function parseAmount(value: string): string {
  const text = value.trim()
  if (text === 'off') return text
  if (SHARE.test(text)) {
    if (shareOf(text) !== null) return text.replace(/\s/g, '')
    throw new KnownError(`Invalid share of the disk: ${text}`, { hint: 'At most 100% are there.' })
  }
  parseSize(text)
  return text.replace(/\s/g, '')
}

/** Canonical form of an age or `off`. Throws KnownError for anything else. */
export function parseMaxAge(value: string): string {
  const text = value.trim()
  if (text !== 'off') parseAge(text)
  return text
}

/** Canonical form of sizes of cache mounts: `5GB`, `/root/.npm=2GB`, both, or `off`. Throws KnownError. */
export function parseMountSizes(value: string): string {
  const words = value.trim().split(/[\s,]+/)
  if (words.join() === 'off') return 'off'
  for (const word of words) parseSize(word.slice(word.lastIndexOf('=') + 1))
  const plain = words.filter((word) => !word.includes('='))
  if (plain.length > 1) throw new KnownError('Give one size for each cache mount, not several')
  return words.join(' ')
}

function bytesOf(text: string, disk: DiskSpace | null): number | null {
  if (text === 'off') return null
  const share = shareOf(text)
  if (share === null) return parseSize(text)
  return disk && Math.round(disk.bytes * share)
}

/**
 * Budgets in bytes, from settings in their canonical form. Without the disk, which is another
 * machine's where the Engine is, shares of it are no limits.
 */
export function resolveBudgets(settings: BudgetSettings, disk: DiskSpace | null): Budgets {
  const { maxSize, maxAge, mountMaxSize, minFree } = settings
  const words = mountMaxSize === 'off' ? [] : mountMaxSize.split(' ')
  const plain = words.find((word) => !word.includes('='))
  const named = words
    .filter((word) => word !== plain)
    .map((word) => {
      const at = word.lastIndexOf('=')
      return { name: word.slice(0, at), bytes: parseSize(word.slice(at + 1)) }
    })
  return {
    maxBytes: bytesOf(maxSize, disk),
    maxAge: maxAge === 'off' ? null : parseAge(maxAge),
    eachMount: plain === undefined ? null : parseSize(plain),
    mounts: named,
    minFree: disk && bytesOf(minFree, disk),
    free: disk && disk.freeBytes,
  }
}

interface MountLimit {
  readonly bytes: number
  readonly covers: (unit: RecordUnit) => boolean
}

/** A limit for each cache mount: a name's own one, else that for each id (each target before Engine 25). */
function mountLimits({ units }: Inventory<RecordUnit>, budgets: Budgets): readonly MountLimit[] {
  const named = budgets.mounts.map(({ name, bytes }) => ({
    bytes,
    covers: ({ mount }: RecordUnit) => mount !== null && isMount(mount, name),
  }))
  const { eachMount } = budgets
  if (eachMount === null) return named
  const rest = units.filter((unit) => unit.mount && !named.some(({ covers }) => covers(unit)))
  const keyOf = ({ mount }: RecordUnit) => mount?.id ?? mount?.target
  const restIds = new Set(rest.map(({ id }) => id))
  const each = [...new Set(rest.map(keyOf))].map((key) => ({
    bytes: eachMount,
    covers: (unit: RecordUnit) => restIds.has(unit.id) && keyOf(unit) === key,
  }))
  return [...named, ...each]
}

/**
 * What has to go so that a host keeps its budgets, and nothing when it does: cache mounts over their
 * own limits first, then what is too old, then the least recently used.
 */
export function planBudgets(
  inventory: Inventory<RecordUnit>,
  budgets: Budgets,
  now: number,
): PrunePlan {
  const remove: Chosen[] = []
  let rest = inventory
  for (const { bytes, covers } of mountLimits(inventory, budgets)) {
    const plan = planPrune(pick(rest, covers), { maxBytes: bytes }, now)
    const gone = new Set(plan.remove.map(({ unit }) => unit.id))
    remove.push(...plan.remove)
    rest = { ...rest, units: rest.units.filter(({ id }) => !gone.has(id)) }
  }
  const { maxAge, maxBytes, minFree, free } = budgets
  const freed = remove.reduce((sum, { unit }) => sum + unit.bytes, 0)
  const limits = {
    ...(maxAge === null ? {} : { olderThan: maxAge }),
    ...(maxBytes === null ? {} : { maxBytes }),
    ...(minFree === null || free === null ? {} : { freeBytes: minFree - free - freed }),
  }
  const plan = planPrune(rest, limits, now)
  return {
    ...plan,
    remove: [...remove, ...plan.remove],
    bytesBefore: plan.bytesBefore + freed,
  }
}
