import { join } from 'node:path'
import type { Site } from '../dokku/apply'
import { PLUGIN } from '../dokku/properties'
import { withLock } from '../lock'

/** Runs something while nobody else changes what is known of devices. */
export function withDevices<T>(site: Site, use: () => Promise<T>): Promise<T> {
  const store = join(site.platform.libRoot, 'config', PLUGIN, '--global')
  return withLock(store, 'the devices for builds', use)
}
