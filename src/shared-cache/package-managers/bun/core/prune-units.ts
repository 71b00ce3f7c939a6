import { independentUnits } from '../../core/file-units'
import type { UnitMaker } from '../../core/steps'

const NAME = '[a-zA-Z0-9._~-]+'

/**
 * Bun: a unit is the unpacked package `NAME@VERSION@@@1`, or what a registry said of one,
 * `0123456789abcdef.npm`. Bun downloads again what is missing. Its links `NAME/VERSION@@@1` have no
 * size. `now` in milliseconds since the epoch.
 */
export function bunUnits(now: number): UnitMaker {
  return independentUnits('bun', now, {
    files: /^[0-9a-f]{16}\.npm$/,
    directories: new RegExp(`^(?:@${NAME}/)?@?${NAME}@[^/]+$`),
    label: (path) => path,
  })
}
