import { lstatSync } from 'node:fs'
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
import { directoryProblem } from '../../directories/host/usable'
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

function placesOf({ platform }: Server, mounts: readonly SharedMount[]): readonly string[] {
  return mounts.map((mount) => join(platform.root, SHARED_MOUNTS, mountKey(mount)))
}

/** Whether the directories of these mounts exist. */
export function haveDirectories(server: Server, mounts: readonly SharedMount[]): boolean {
  return placesOf(server, mounts).every((place) =>
    lstatSync(place, { throwIfNoEntry: false })?.isDirectory(),
  )
}

/** Why builds could not write to these mounts, also those that are still to be made; null if they can. */
export function mountsProblem(server: Server, mounts: readonly SharedMount[]): string | null {
  const { root } = server.platform
  for (const place of [root, join(root, SHARED_MOUNTS), ...placesOf(server, mounts)]) {
    const problem = directoryProblem(place)
    if (problem !== null) return problem
  }
  return null
}
