import { readFileSync } from 'node:fs'
import type { EngineInfo } from '../../../foundation/docker/engine'

/** The directory where dockerd looks for CDI specifications, and the file name of this plugin's. */
export const DIRECTORY = '/etc/cdi'
export const FILE = 'dokku-shared-cache.json'

/** The current specification; null if it is missing or cannot be read. */
function readSpecification(): string | null {
  try {
    return readFileSync(`${DIRECTORY}/${FILE}`, 'utf8')
  } catch {
    return null
  }
}

/**
 * Whether an Engine allows devices for single builds (`--allow device=…`): Docker 29 and later. Older
 * ones reject the option, and a device must be allowed for all builds.
 */
export function givesDevices({ ServerVersion }: EngineInfo): boolean {
  return Number(/^\d+(?=\.)/.exec(ServerVersion)?.[0]) >= 29
}

/** Whether the current specification is for such an Engine. */
export function isFor(given: boolean): boolean {
  return readSpecification()?.includes('device.autoallow') === !given
}
