import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../../../foundation/files/replace-file'
import type { VolumeServer } from './server'

/**
 * When the volumes of an app were last made ready, in seconds since the epoch. The shims of triggers that
 * fire for each container of a deploy read it (`persist_guard` in plugin/persist/functions): asking Docker
 * each time would take longer than the rest of the plugin.
 */
function fileOf({ platform }: VolumeServer, app: string): string {
  return join(platform.root, 'ready', app)
}

export function noteReady(server: VolumeServer, app: string): void {
  mkdirSync(join(server.platform.root, 'ready'), { recursive: true, mode: 0o700 })
  replaceFile(fileOf(server, app), `${Math.floor(server.now().getTime() / 1000)}\n`, 0o600)
}

export function forgetReady(server: VolumeServer, app: string): void {
  rmSync(fileOf(server, app), { force: true })
}
