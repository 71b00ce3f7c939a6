import { readFileSync } from 'node:fs'
import type { EngineInfo } from '../../../foundation/docker/engine'

/** The directory where dockerd looks for specifications, and the name of ours. */
export const DIRECTORY = '/etc/cdi'
export const FILE = 'dokku-shared-cache.json'

/** The specification as it is; null where there is none, or it cannot be read. */
function readSpecification(): string | null {
  try {
    return readFileSync(`${DIRECTORY}/${FILE}`, 'utf8')
  } catch {
    return null
  }
}

/**
 * Whether an Engine gives devices to builds one by one (`--allow device=…`), from 29 on; before that
 * it refuses the option, and a device has to be allowed to all builds.
 */
export function givesDevices({ ServerVersion }: EngineInfo): boolean {
  return Number(/^\d+(?=\.)/.exec(ServerVersion)?.[0]) >= 29
}

/** Whether the specification that is there is the one for such an Engine. */
export function isFor(given: boolean): boolean {
  return readSpecification()?.includes('device.autoallow') === !given
}
