import { independentUnits } from '../../core/file-units'
import type { UnitMaker } from '../../core/steps'

/**
 * Yarn 2 and later: a unit is the zip of a package, or what a registry said of one. Files of `index` are
 * copies for projects that ask for hard links. Yarn downloads again what is missing. `now` in
 * milliseconds since the epoch.
 */
export function yarnUnits(now: number): UnitMaker {
  return independentUnits('yarn', now, {
    files:
      /^(?:cache\/[^/]+\.zip(?:-[^/]+)?|metadata\/npm\/.+\.json|(?:index|store)\/[0-9a-f]{2}\/[^/]+)$/,
  })
}
