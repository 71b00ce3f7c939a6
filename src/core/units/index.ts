import { KnownError } from '../errors'
import { npmUnits } from './npm'
import { pipUnits } from './pip'
import type { UnitMaker } from './steps'

const MAKERS: Readonly<Record<string, (now: number) => UnitMaker>> = {
  npm: npmUnits,
  pip: pipUnits,
}

/** Names of the caches that can be pruned. */
export const PRUNABLE: readonly string[] = Object.keys(MAKERS)

/**
 * What makes units of the entries of a cache; it takes the time now, in milliseconds since the epoch.
 * Throws KnownError for a cache that cannot be pruned yet.
 */
export function unitMakerOf(cache: string): (now: number) => UnitMaker {
  const make = Object.hasOwn(MAKERS, cache) ? MAKERS[cache] : undefined
  if (make) return make
  throw new KnownError(`The cache ${cache} cannot be pruned yet`, {
    hint: `Caches that can be: ${PRUNABLE.join(', ')}.`,
  })
}
