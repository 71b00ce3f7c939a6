import { KnownError } from '../../../foundation/core/errors'
import { aptUnits } from '../apt/core/prune-units'
import { cargoUnits } from '../cargo/core/prune-units'
import { goUnits } from '../go/core/prune-units'
import type { LooseUnit } from './loose'
import { npmUnits } from '../npm/core/prune-units'
import { pipUnits } from '../pip/core/prune-units'
import { playwrightUnits } from '../playwright/core/prune-units'
import { sccacheUnits } from '../sccache/core/prune-units'
import type { UnitMaker } from './steps'
import { uvUnits } from '../uv/core/prune-units'

/** The facts besides the files that units depend on. */
export interface Circumstances {
  /** Milliseconds since the epoch. */
  readonly now: number
  /**
   * Revisions of browsers that deployed apps need from a directory of the cache (`''` for the cache
   * itself), such as `chromium-1187`; null where that is unknown. Called when units are made.
   */
  readonly neededBrowsers: (room: string) => ReadonlySet<string> | null
  /** Takes the loose units during the walk; all others are made at its end. */
  readonly loose: (unit: LooseUnit) => void
}

const MAKERS: Readonly<Record<string, (given: Circumstances) => UnitMaker>> = {
  apt: ({ now }) => aptUnits(now),
  cargo: ({ now }) => cargoUnits(now),
  go: ({ now }) => goUnits(now),
  npm: ({ now, loose }) => npmUnits(now, loose),
  pip: ({ now, loose }) => pipUnits(now, loose),
  playwright: ({ now, neededBrowsers }) => playwrightUnits(now, neededBrowsers),
  sccache: ({ now }) => sccacheUnits(now),
  uv: uvUnits,
}

/** Names of the caches that can be pruned. */
export const PRUNABLE: readonly string[] = Object.keys(MAKERS)

/** The maker of units for a cache. Throws KnownError for a cache that cannot be pruned. */
export function unitMakerOf(cache: string): (given: Circumstances) => UnitMaker {
  const make = Object.hasOwn(MAKERS, cache) ? MAKERS[cache] : undefined
  if (make) return make
  throw new KnownError(`The cache ${cache} cannot be pruned`, {
    hint: `Caches that can be pruned: ${PRUNABLE.join(', ')}.`,
  })
}
