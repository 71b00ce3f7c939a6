import { splitName } from '../../catalogue/core/group'
import type { CacheSpec } from '../../catalogue/core/cache-spec'
import { isNeeded } from '../../catalogue/core/image-units'
import { pick, planPrune } from '../../prune-plan/core/plan'
import type { Server } from '../../apps/host/server'
import { cachesThere } from '../../directories/host/names'
import { filesSource } from './files'

/** Milliseconds, longer than any build: files of a build were used after its start. */
const BUILD = 6 * 3_600_000

/**
 * Whether a cache has files that were built for one system. Browsers are downloaded, and apps need
 * them.
 */
function isBuilt({ name, perSystem }: CacheSpec): boolean {
  return perSystem !== null && !isNeeded(name)
}

async function forgetIn(
  server: Server,
  cache: string,
  system: string,
  since: number,
): Promise<number> {
  // Elsewhere recently used files count as in use. Here they are the ones to remove.
  const source = filesSource(server, cache, Infinity)
  const inventory = await source.inventory({}, () => undefined)
  const chosen = pick(
    inventory,
    ({ id, lastUsed }) => id.startsWith(`${system}/`) && lastUsed !== null && lastUsed >= since,
  )
  const { remove } = planPrune(chosen, { maxBytes: 0 }, since)
  if (remove.length === 0) return 0
  const units = remove.map(({ unit }) => unit)
  return (await source.remove(units, () => undefined)).units
}

/**
 * Removes files that builds left in the directories of a system, if they were used after the start of a
 * build that ended at `since`: the tag of its base image has moved to another system since then, and
 * apps of this system must not get those files. Tools build them again. `since` in milliseconds since
 * the epoch. Returns the number of removed units. Throws KnownError if a tool does not release its
 * lock, and HelperMissing.
 */
export async function forgetBuilt(server: Server, system: string, since: number): Promise<number> {
  let gone = 0
  for (const name of cachesThere(server)) {
    const cache = splitName(name)?.cache
    if (cache && isBuilt(cache)) gone += await forgetIn(server, name, system, since - BUILD)
  }
  return gone
}
