import { isGroup, nameIn, splitName } from '../catalogue/core/group'
import { noSuchCache } from '../catalogue/core/catalogue'
import { checksOf, VERIFIABLE } from './core/findings'
import { planFix } from './core/fix'
import type { Damage } from '../package-managers/core/task'
import { KnownError } from '../../foundation/core/errors'
import { removeSteps } from '../directories/host/caches'
import { groupsOn } from '../directories/host/names'
import { listedCaches } from '../inventory/host/listed-caches'
import { verifyCache } from './host/run'
import {
  showVerified,
  verdictLine,
  verifyDocument,
  type VerifyFixed,
  type VerifyOutcome,
} from './text'
import { formatBytes } from '../../foundation/output/units'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'

export interface VerifyOptions extends CommonOptions {
  readonly cache?: readonly string[]
  readonly group?: readonly string[]
  readonly fix?: boolean
  readonly format: 'stdout' | 'json'
}

/**
 * Maximum number of damaged entries of one cache that are named and removed in one run; the others are
 * counted.
 */
const MOST_NAMED = 50_000

/** The cache and the group in a name. Throws KnownError for an unknown name. */
function readName(name: string, now: number): { readonly group: string; readonly cache: string } {
  const found = splitName(name)
  if (!found) throw noSuchCache(name)
  checksOf(found.cache.name, now)
  return { group: found.group, cache: found.cache.name }
}

/** Throws KnownError for a group without caches. */
function refuseUnknown(group: string, known: readonly string[]): void {
  if (group === '' || known.includes(group)) return
  throw new KnownError(
    `The group ${isGroup(group) ? group : JSON.stringify(group)} has no caches`,
    {
      hint:
        known.length > 0
          ? `Groups with caches: ${known.join(', ')}.`
          : 'No app is in a group yet: see `shared-cache:set APP group NAME`.',
    },
  )
}

/**
 * The names of the requested caches. If none was named: all that are enabled or not empty, in the
 * requested groups or in all. Throws KnownError for an unknown name, before anything is read.
 */
function chosenCaches(context: Context, { cache, group }: VerifyOptions): readonly string[] {
  const known = groupsOn(context)
  for (const name of group ?? []) refuseUnknown(name, known)
  if (!cache) {
    return listedCaches(context).filter((name) => {
      const found = splitName(name)
      if (!found || !VERIFIABLE.includes(found.cache.name)) return false
      return group?.includes(found.group) ?? true
    })
  }
  const groups = group ?? ['']
  const names = cache.flatMap((name) => {
    const found = readName(name, context.now().getTime())
    if (found.group === '') return groups.map((one) => nameIn(one, found.cache))
    refuseUnknown(found.group, known)
    return [nameIn(found.group, found.cache)]
  })
  return [...new Set(names)]
}

interface Found extends VerifyOutcome {
  /** Whether a killed run left something to delete. */
  readonly leftovers: boolean
}

async function verifyOne(context: Context, cache: string): Promise<Found> {
  const damages: Damage[] = []
  const { tally, complete, leftovers } = await verifyCache(
    context,
    cache,
    context.now().getTime(),
    {
      damage(damage) {
        if (damages.length < MOST_NAMED) damages.push(damage)
      },
      progress({ proven, unprovable, bytes }) {
        const count = proven + unprovable
        context.log.progress(`Verifying ${cache}: ${count} entries, ${formatBytes(bytes)}`)
      },
    },
  )
  context.log.progress('')
  return { cache, tally, complete, damages, leftovers, fixed: null }
}

async function fixOne(context: Context, { cache, damages }: VerifyOutcome): Promise<VerifyFixed> {
  const { steps, owners } = planFix(damages)
  const { freed, left } = await removeSteps(context, cache, steps, ({ done }) =>
    context.log.progress(`Removing from ${cache}: ${done} of ${steps.length}`),
  )
  context.log.progress('')
  return { bytes: freed, left: new Set(left.flatMap((index) => owners[index] ?? [])) }
}

/**
 * Verifies caches one after the other and shows each. `--fix` removes damaged entries. The exit code is
 * 1 if damage remains, or if something could not be read.
 */
export const verify: Command<VerifyOptions> = async (context, options) => {
  const { log } = context
  const fix = options.fix ?? false
  const json = options.format === 'json'
  const outcomes: VerifyOutcome[] = []
  for (const cache of chosenCaches(context, options)) {
    const found = await verifyOne(context, cache)
    const hasWork = found.damages.length > 0 || found.leftovers
    const outcome = fix && hasWork ? { ...found, fixed: await fixOne(context, found) } : found
    outcomes.push(outcome)
    if (!json) showVerified(log, outcome)
  }
  if (json) log.plain(verifyDocument(outcomes, fix))
  else if (outcomes.length === 0) log.step('Nothing to verify: no such cache holds anything')
  const line = verdictLine(outcomes, fix)
  if (line === '') return 0
  log.warn(line)
  return 1
}
