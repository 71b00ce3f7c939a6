import { join } from 'node:path'
import type { Server } from '../../apps/host/server'
import { withLock } from '../../../foundation/process/lock'

/** Calls a function while no other process changes the devices. */
export function withDevices<T>(server: Server, use: () => Promise<T>): Promise<T> {
  const store = join(server.platform.libRoot, 'config', server.platform.plugin.name, '--global')
  return withLock(store, 'the devices for builds', use)
}
