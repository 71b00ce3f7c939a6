import { KnownError } from '../../../foundation/core/errors'
import { aptUnits } from '../apt/core/prune-units'
import { cargoUnits } from '../cargo/core/prune-units'
import { bunUnits } from '../bun/core/prune-units'
import { composerUnits } from '../composer/core/prune-units'
import { pnpmUnits } from '../pnpm/core/prune-units'
import { yarnUnits } from '../yarn/core/prune-units'
import { goUnits } from '../go/core/prune-units'
import type { LooseUnit } from './loose'
import { npmUnits } from '../npm/core/prune-units'
import { pipUnits } from '../pip/core/prune-units'
import { playwrightUnits } from '../playwright/core/prune-units'
import { sccacheUnits } from '../sccache/core/prune-units'
import type { UnitMaker } from './steps'
import { uvUnits } from '../uv/core/prune-units'

/** What units depend on besides the files. */
export interface Circumstances {
  /** Milliseconds since the epoch. */
  readonly now: number
  /**
   * Browser revisions, such as `chromium-1187`, that deployed apps need from a directory of the cache
   * (`''` for the cache itself); null if unknown. Called when units are made.
   */
  readonly neededBrowsers: (room: string) => ReadonlySet<string> | null
  /** Directories of npm's `_npx` that processes run from, by hash. Called when units are made. */
  readonly runningNpx?: () => ReadonlySet<string>
  /** Takes the loose units during the walk; all others are made at its end. */
  readonly loose: (unit: LooseUnit) => void
}

const MAKERS: Readonly<Record<string, (given: Circumstances) => UnitMaker>> = {
  bun: ({ now }) => bunUnits(now),
  apt: ({ now }) => aptUnits(now),
  cargo: ({ now }) => cargoUnits(now),
  composer: ({ now }) => composerUnits(now),
  go: ({ now }) => goUnits(now),
  npm: ({ now, loose, runningNpx }) => npmUnits(now, loose, runningNpx),
  pip: ({ now, loose }) => pipUnits(now, loose),
  playwright: ({ now, neededBrowsers }) => playwrightUnits(now, neededBrowsers),
  pnpm: ({ now, loose }) => pnpmUnits(now, loose),
  sccache: ({ now }) => sccacheUnits(now),
  uv: uvUnits,
  yarn: ({ now }) => yarnUnits(now),
}

/** Names of the caches that can be pruned. */
export const PRUNABLE: readonly string[] = Object.keys(MAKERS)

/** Returns the unit maker for a cache. Throws KnownError if the cache cannot be pruned. */
export function unitMakerOf(cache: string): (given: Circumstances) => UnitMaker {
  const make = Object.hasOwn(MAKERS, cache) ? MAKERS[cache] : undefined
  if (make) return make
  throw new KnownError(`The cache ${cache} cannot be pruned`, {
    hint: `Caches that can be pruned: ${PRUNABLE.join(', ')}.`,
  })
}
