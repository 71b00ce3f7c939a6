import { join } from 'node:path'
import type { Site } from '../../apps/host/apply'
import { PLUGIN } from '../../../foundation/dokku/properties'
import { withLock } from '../../../foundation/process/lock'

/** Runs something while nobody else changes what is known of devices. */
export function withDevices<T>(site: Site, use: () => Promise<T>): Promise<T> {
  const store = join(site.platform.libRoot, 'config', PLUGIN, '--global')
  return withLock(store, 'the devices for builds', use)
}
