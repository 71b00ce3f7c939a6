import { statSync } from 'node:fs'
import { join } from 'node:path'
import {
  type KnownMount,
  formatMounts,
  isNoted,
  parseMounts,
  withMounts,
} from '../core/known-cache-mounts'
import { SHARED_MOUNTS, type SharedMount, mountKey } from '../../catalogue/core/cache-mounts'
import { KnownError } from '../../../foundation/core/errors'
import type { Server } from '../../apps/host/server'
import { withDevices } from './lock'

/** Property that lists the cache mounts in shared storage: their directory names are hashes. */
const KEY = 'mounts'

/** The cache mounts of a build cannot move to shared storage; its other caches can be used. */
export class MountsRefused extends KnownError {}

export function knownMounts(server: Server): readonly KnownMount[] {
  return parseMounts(server.dokku.properties.get('--global', KEY))
}

export async function rememberMounts(server: Server, mounts: readonly KnownMount[]): Promise<void> {
  await server.dokku.properties.set('--global', KEY, formatMounts(mounts))
}

/**
 * Records that a build of an app is about to use these mounts: from now on they are not pruned. Throws
 * MountsRefused if too many others may be in use.
 */
export async function noteMounts(
  server: Server,
  app: string,
  mounts: readonly SharedMount[],
  now: number,
): Promise<void> {
  if (isNoted(knownMounts(server), mounts, app, now)) return
  await withDevices(server, async () => {
    const noted = withMounts(knownMounts(server), mounts, app, now)
    if (!noted) throw new MountsRefused('too many other cache mounts are in use')
    await rememberMounts(server, noted)
  })
}

/** Whether the directories of these mounts exist. */
export function haveDirectories(server: Server, mounts: readonly SharedMount[]): boolean {
  const folder = join(server.platform.root, SHARED_MOUNTS)
  return mounts.every((mount) =>
    statSync(join(folder, mountKey(mount)), { throwIfNoEntry: false })?.isDirectory(),
  )
}
