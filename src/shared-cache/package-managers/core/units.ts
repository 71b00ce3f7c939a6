import { KnownError } from '../../../foundation/core/errors'
import { cargoUnits } from '../cargo/core/units'
import { goUnits } from '../go/core/units'
import type { LooseUnit } from './loose'
import { npmUnits } from '../npm/core/units'
import { pipUnits } from '../pip/core/units'
import { playwrightUnits } from '../playwright/core/units'
import { sccacheUnits } from '../sccache/core/units'
import type { UnitMaker } from './steps'
import { uvUnits } from '../uv/core/units'

/** What units depend on beside the files. */
export interface Circumstances {
  /** Milliseconds since the epoch. */
  readonly now: number
  /**
   * Browsers' revisions that deployed apps need of a directory of the cache (`''` for itself), such as
   * `chromium-1187`; null: nobody can tell. Asked when units are made, not before.
   */
  readonly neededBrowsers: (room: string) => ReadonlySet<string> | null
  /** Takes the loose units as the walk comes by; all others come at its end. */
  readonly loose: (unit: LooseUnit) => void
}

const MAKERS: Readonly<Record<string, (given: Circumstances) => UnitMaker>> = {
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

/**
 * What makes units of the entries of a cache. Throws KnownError for a cache that cannot be pruned yet.
 */
export function unitMakerOf(cache: string): (given: Circumstances) => UnitMaker {
  const make = Object.hasOwn(MAKERS, cache) ? MAKERS[cache] : undefined
  if (make) return make
  throw new KnownError(`The cache ${cache} cannot be pruned yet`, {
    hint: `Caches that can be: ${PRUNABLE.join(', ')}.`,
  })
}
