import type { CacheSample, Suspect } from './record'

/**
 * Steps that emptied a shared cache. Before a build a few files of each cache that it gets are noted.
 * If most of them are gone after it, the steps that had the cache do not get it again.
 */

/** The property of an app that has its steps that emptied a cache. */
export const LOSSES_KEY = 'emptied-by'

/** A step after which a cache had lost most of its files. */
export interface Loss {
  readonly cache: string
  /** The step for people. */
  readonly step: string
  /** The step without its place in the file: a change of its words is another step. */
  readonly key: string
  /** When the build began, in milliseconds since the epoch. */
  readonly since: number
}

/** Fewer files than these say nothing. */
const FEWEST = 8

/** Milliseconds: a prune that began this long before a build may still have run in it. */
const PRUNE_TAKES = 30 * 60_000

/** Whether a cache holds much less than before: at least half of its sample is gone. */
export function isLost({ files }: CacheSample, gone: number): boolean {
  return files.length >= FEWEST && gone * 2 >= files.length
}

/**
 * Whether a loss says something about a build that began at `since`: not while a prune or the build of
 * another app may have removed the files. `prunedAt` is when the last prune began, both in milliseconds
 * since the epoch.
 */
export function isTelling(since: number, prunedAt: number, others: boolean): boolean {
  return !others && prunedAt < since - PRUNE_TAKES
}

/** Adds the steps that had the lost caches. */
export function withLosses(
  known: readonly Loss[],
  lost: readonly string[],
  suspects: readonly Suspect[],
  since: number,
): readonly Loss[] {
  const found = suspects.flatMap(({ step, key, caches }) =>
    caches.filter((cache) => lost.includes(cache)).map((cache) => ({ cache, step, key, since })),
  )
  const isKnown = (loss: Loss) => known.some((one) => lossKey(one) === lossKey(loss))
  return [...known, ...found.filter((loss) => !isKnown(loss))]
}

/** A step and a cache as one text. */
export function lossKey({ cache, key }: Pick<Loss, 'cache' | 'key'>): string {
  return `${cache} ${key}`
}

function isLoss(value: unknown): value is Loss {
  const { cache, step, key, since } = (value ?? {}) as Partial<Loss>
  return [cache, step, key].every((text) => typeof text === 'string') && typeof since === 'number'
}

/** The steps in a property; none for a text that this plugin did not write. */
export function parseLosses(text: string | undefined): readonly Loss[] {
  try {
    const losses: unknown = JSON.parse(text || '[]')
    return Array.isArray(losses) ? losses.filter(isLoss) : []
  } catch {
    return []
  }
}
