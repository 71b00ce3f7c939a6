import { splitName } from '../../catalogue/core/group'
import type { CacheSpec } from '../../catalogue/core/catalogue'
import { isNeeded } from '../../catalogue/core/image-units'
import { pick, planPrune } from '../../prune-plan/core/plan'
import type { Server } from '../../apps/host/server'
import { cachesThere } from '../../directories/host/names'
import { filesSource } from './files'

/** Milliseconds, longer than builds take: what they have left in a directory is used since then. */
const BUILD = 6 * 3_600_000

/** What tools build themselves is of one system; browsers are fetched, and apps need them. */
function isBuilt({ name, perSystem }: CacheSpec): boolean {
  return perSystem !== null && !isNeeded(name)
}

async function forgetIn(
  server: Server,
  cache: string,
  system: string,
  since: number,
): Promise<number> {
  // Whatever was used lately is in use to others: here it is what has to go.
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
 * Takes away what builds have left in the directories of a system, as far as it was used since one that
 * ended at a time can have begun: the tag that it stood on has moved to another system since then, and
 * what was built there must not be handed to apps of this one. Tools build it again. `since` in
 * milliseconds since the epoch. Gives back how many units are gone. Throws KnownError where a tool keeps
 * its lock, and HelperMissing.
 */
export async function forgetBuilt(server: Server, system: string, since: number): Promise<number> {
  let gone = 0
  for (const name of cachesThere(server)) {
    const cache = splitName(name)?.cache
    if (cache && isBuilt(cache)) gone += await forgetIn(server, name, system, since - BUILD)
  }
  return gone
}
