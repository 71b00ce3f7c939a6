import type { Limits } from '../../prune-plan/core/inventory'
import { type DiskSpace, amountBytes, parseAmount } from '../../../foundation/core/amount'
import { KnownError } from '../../../foundation/core/errors'
import { parseAge } from '../../../foundation/core/size'

/** Budgets for the shared caches, or for Docker's build cache, as text. */
export interface BudgetSettings {
  /** A size, a share of the disk such as `20%`, or `off`. */
  readonly maxSize: string
  /** An age, or `off`. */
  readonly maxAge: string
  /** A size for each cache, or cache mount; `NAME=SIZE` for single ones; or `off`. */
  readonly partMaxSize: string
  /** A size, a share of the disk, or `off`. */
  readonly minFree: string
}

/** Budgets in bytes and milliseconds; null for no limit. */
export interface Budgets {
  readonly maxBytes: number | null
  readonly maxAge: number | null
  readonly eachPart: number | null
  readonly parts: readonly { readonly name: string; readonly bytes: number }[]
  /** Bytes of the disk to keep free, and currently free bytes. */
  readonly minFree: number | null
  readonly free: number | null
}

/** Canonical form of an age or `off`. Throws KnownError for anything else. */
export function parseMaxAge(value: string): string {
  const text = value.trim()
  if (text !== 'off') parseAge(text)
  return text
}

/** An amount other than `off`, which is valid only alone. */
function partSize(text: string): string {
  if (text === 'off') throw new KnownError('off cannot be combined with other sizes')
  return parseAmount(text)
}

/**
 * Canonical form of sizes of parts: `5GB`, `/root/.npm=2GB`, both, or `off`. `nameOf` returns the
 * canonical form of a name. Throws KnownError for anything else.
 */
export function parsePartSizes(
  value: string,
  nameOf: (name: string) => string = (name) => name,
): string {
  const words = value
    .trim()
    .replace(/\s+%/g, '%')
    .split(/[\s,]+/)
  if (words.join() === 'off') return 'off'
  const canonical = words.map((word) => {
    const at = word.lastIndexOf('=')
    const size = partSize(word.slice(at + 1))
    return at < 0 ? size : `${nameOf(word.slice(0, at))}=${size}`
  })
  const plain = canonical.filter((word) => !word.includes('='))
  if (plain.length > 1) throw new KnownError('Only one size without a name is allowed')
  return canonical.join(' ')
}

/**
 * Budgets in bytes, from settings in their canonical form. If the disk is unknown, because the Engine
 * is on another machine, shares of it do not limit anything.
 */
export function resolveBudgets(settings: BudgetSettings, disk: DiskSpace | null): Budgets {
  const { maxSize, maxAge, partMaxSize, minFree } = settings
  const words = partMaxSize === 'off' ? [] : partMaxSize.split(' ')
  const plain = words.find((word) => !word.includes('='))
  const named = words
    .filter((word) => word !== plain)
    .flatMap((word) => {
      const at = word.lastIndexOf('=')
      const bytes = amountBytes(word.slice(at + 1), disk)
      return bytes === null ? [] : [{ name: word.slice(0, at), bytes }]
    })
  return {
    maxBytes: amountBytes(maxSize, disk),
    maxAge: maxAge === 'off' ? null : parseAge(maxAge),
    eachPart: plain === undefined ? null : amountBytes(plain, disk),
    parts: named,
    minFree: disk && amountBytes(minFree, disk),
    free: disk && disk.freeBytes,
  }
}

/** Bytes that count for the budgets of caches but belong to another plan. */
export interface Beside {
  /** Bytes of caches that cannot be pruned. */
  readonly elsewhere?: number
  /** Bytes that another plan will free on the same disk. */
  readonly coming?: number
}

/** The limits that meet the budgets. */
export function limitsOf(
  { maxAge, maxBytes, minFree, free }: Budgets,
  { elsewhere = 0, coming = 0 }: Beside,
): Limits {
  return {
    ...(maxAge === null ? {} : { olderThan: maxAge }),
    ...(maxBytes === null ? {} : { maxBytes: Math.max(0, maxBytes - elsewhere) }),
    ...(minFree === null || free === null ? {} : { freeBytes: minFree - free - coming }),
  }
}
