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
import type { Site } from '../../apps/host/apply'
import { withDevices } from './lock'

/** Property that remembers cache mounts in shared storage: names of directories mean nothing to people. */
const KEY = 'mounts'

/** The cache mounts of a build cannot be in shared storage; its other caches can. */
export class MountsRefused extends KnownError {}

export function knownMounts(site: Site): readonly KnownMount[] {
  return parseMounts(site.dokku.properties.get('--global', KEY))
}

export async function rememberMounts(site: Site, mounts: readonly KnownMount[]): Promise<void> {
  await site.dokku.properties.set('--global', KEY, formatMounts(mounts))
}

/**
 * Says that a build of an app is about to have these: from now on nothing prunes them. Throws
 * MountsRefused where too many others may be in use.
 */
export async function noteMounts(
  site: Site,
  app: string,
  mounts: readonly SharedMount[],
  now: number,
): Promise<void> {
  if (isNoted(knownMounts(site), mounts, app, now)) return
  await withDevices(site, async () => {
    const noted = withMounts(knownMounts(site), mounts, app, now)
    if (!noted) throw new MountsRefused('too many other cache mounts are in use')
    await rememberMounts(site, noted)
  })
}

/** Whether the directories of these are there. */
export function haveDirectories(site: Site, mounts: readonly SharedMount[]): boolean {
  const folder = join(site.platform.root, SHARED_MOUNTS)
  return mounts.every((mount) =>
    statSync(join(folder, mountKey(mount)), { throwIfNoEntry: false })?.isDirectory(),
  )
}
