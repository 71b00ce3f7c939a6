import { closeSync } from 'node:fs'
import { join } from 'node:path'
import {
  type KnownBase,
  type SeenBase,
  formatBases,
  parseBases,
  directoryFor,
  withBases,
  withSeen,
} from '../core/bases'
import { cacheNamed } from '../../catalogue/core/catalogue'
import { splitName } from '../../catalogue/core/group'
import { isNeeded } from '../../catalogue/core/image-units'
import { type BaseImage, baseKey, deviceName } from '../core/cdi'
import { DEVICE_KIND } from '../../catalogue/core/build-places'
import type { Server } from '../../apps/host/server'
import { mountArgument, mountDevice } from '../../catalogue/core/cache-mounts'
import type { Engine, EngineInfo } from '../../../foundation/docker/engine'
import { givesDevices, isFor } from './specification'
import { cachesThere } from '../../directories/host/names'
import { readGeneration } from '../../directories/host/generation'
import { isRefusal, openPath } from '../../../foundation/files/walker'
import { callHelper } from '../../../foundation/helper/call'
import { withDevices } from './lock'
import { knownMounts } from './cache-mounts'

/** dockerd reads a changed specification after a few milliseconds. */
const PATIENCE = 1500
const PAUSE = 20

/** Property: whether the last seen Engine allows devices for single builds. */
const GIVEN = 'given-devices'

function isGiven({ dokku }: Server): boolean {
  return dokku.properties.get('--global', GIVEN) === 'true'
}

const sleep = (time: number) => new Promise((resolve) => setTimeout(resolve, time))

export function knownBases(server: Server): readonly KnownBase[] {
  return parseBases(server.dokku.properties.get('--global', 'bases'))
}

/**
 * Makes the devices of all known caches, bases and mounts through the root helper, and discards
 * directories: keys of cache mounts, and names of directories of base images (`pip@base-KEY`). Returns
 * the discarded ones of the latter. The caller must have the lock.
 */
export async function writeDevices(
  server: Server,
  bases = knownBases(server),
  discard: readonly string[] = [],
): Promise<readonly string[]> {
  const directories = bases.map(directoryFor).map(({ key, directory }) => `${key}=${directory}`)
  const mounts = knownMounts(server).map(mountArgument)
  const given = isGiven(server) ? ['given'] : []
  const args = [...given, ...directories, ...new Set(mounts), ...discard.map((name) => `-${name}`)]
  const { stdout } = await callHelper(server, 'write', ['cdi', ...args])
  return (JSON.parse(stdout || '{}') as { readonly away?: readonly string[] }).away ?? []
}

/** Changes the known bases, one process at a time, and makes their devices. */
async function update(
  server: Server,
  change: (known: readonly KnownBase[]) => readonly KnownBase[],
  given?: boolean,
): Promise<void> {
  const { properties } = server.dokku
  await withDevices(server, async () => {
    if (given !== undefined && properties.get('--global', GIVEN) !== String(given)) {
      await properties.set('--global', GIVEN, String(given))
    }
    const known = knownBases(server)
    const bases = change(known)
    if (formatBases(bases) !== formatBases(known)) {
      await properties.set('--global', 'bases', formatBases(bases))
    }
    await writeDevices(server, bases)
  })
}

/**
 * Makes the devices of existing caches, also for these bases, in the form that this Engine needs.
 * Throws HelperMissing.
 */
export async function makeDevices(
  server: Server,
  info: EngineInfo,
  added: readonly BaseImage[],
): Promise<void> {
  const given = givesDevices(info)
  const wasOther = !isFor(given)
  await update(server, (known) => withBases(known, added), given)
  // The device names do not change, so nothing shows when dockerd has read the new specification.
  if (wasOther) await sleep(PAUSE * 10)
}

/**
 * Stores the result of inspecting a base image. Returns what was known before if its system has
 * changed, otherwise null.
 */
export async function learnBase(
  server: Server,
  key: string,
  seen: SeenBase,
): Promise<KnownBase | null> {
  const known = knownBases(server)
  if (formatBases(withSeen(known, key, seen)) === formatBases(known)) return null
  await update(server, (bases) => withSeen(bases, key, seen))
  const before = known.find((base) => baseKey(base) === key)
  return before && before.system !== seen.system ? before : null
}

/** The generation of the browser cache; '' if it has none or cannot be read. */
export function browsersGeneration(server: Server): string {
  try {
    const directory = openPath(join(server.platform.root, cacheNamed('playwright').directory))
    try {
      return readGeneration(directory)
    } finally {
      closeSync(directory)
    }
  } catch (error) {
    if (isRefusal(error)) return ''
    throw error
  }
}

/**
 * Names of the devices that should exist: for existing caches, for `planned` ones whose directories
 * will be made next, and for known base images.
 */
export function expectedDevices(
  server: Server,
  planned: readonly string[] = [],
): readonly string[] {
  const bases = knownBases(server)
  const names = new Set([...cachesThere(server), ...planned])
  const found = [...names].flatMap((name) => splitName(name) ?? [])
  const ofCaches = found.flatMap(({ group, cache }) => {
    // Devices of browsers change with every prune. They are made when a build needs them.
    if (isNeeded(cache.name) || (group !== '' && !isGiven(server))) return []
    if (cache.perSystem === null) return deviceName(cache, null, '', { group }) ?? []
    return bases.flatMap(
      ({ reference, platform }) => deviceName(cache, reference, platform, { group }) ?? [],
    )
  })
  return [...ofCaches, ...knownMounts(server).map(mountDevice)]
}

/** Names of this plugin's devices that an Engine has. */
export function liveDevices({ DiscoveredDevices }: EngineInfo): ReadonlySet<string> {
  const prefix = `${DEVICE_KIND}=`
  return new Set(
    DiscoveredDevices.filter(({ ID }) => ID.startsWith(prefix)).map(({ ID }) =>
      ID.slice(prefix.length),
    ),
  )
}

/** Waits a short time until devices exist. Returns the missing ones. */
export async function awaitDevices(
  engine: Engine,
  names: readonly string[],
): Promise<readonly string[]> {
  for (let waited = 0; ; waited += PAUSE) {
    const live = liveDevices(await engine.info())
    const missing = names.filter((name) => !live.has(name))
    if (missing.length === 0 || waited >= PATIENCE) return missing
    await sleep(PAUSE)
  }
}
