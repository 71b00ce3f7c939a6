import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SHARED_MOUNTS } from '../../catalogue/core/cache-mounts'
import { noSuchCache } from '../../catalogue/core/catalogue'
import type { BudgetSettings } from '../../budgets/core/budgets'
import { limitsOne } from '../../budgets/core/cache-budgets'
import { KnownError } from '../../../foundation/core/errors'
import { nameIn, splitName } from '../../catalogue/core/group'
import type { Selection } from '../../prune-plan/core/inventory'
import type { Values } from '../../../foundation/core/settings'
import { budgetSettings, cacheBudgetSettings } from '../../settings/core/settings'
import { PRUNABLE } from '../../package-managers/core/units'
import { connectEngine } from '../../../foundation/docker/engine'
import { makeProperties } from '../../../foundation/dokku/properties'
import { buildkitSource } from '../../inventory/host/buildkit'
import { findNeededBrowsers } from '../../inventory/host/needed-browsers'
import { listedCaches } from '../../inventory/host/listed-caches'
import { filesSource } from '../../inventory/host/files'
import { mountsSource } from '../../inventory/host/cache-mounts'
import type { Source } from '../../inventory/host/source'
import { type StaleBases, staleBases } from '../../inventory/host/stale-base-directories'
import { openServer } from '../../apps/host/server'
import type { Context } from '../../../foundation/cli/command'

/** What a person asked for: which units, and what should become of them. */
export interface Wish {
  readonly selection: Selection
  /** Null where no limit was given: the host's budgets hold then. */
  readonly limits: BudgetSettings | null
}

interface Named {
  readonly cache?: readonly string[]
  readonly buildkit?: boolean
  readonly dryRun?: boolean
}

/** What is to be pruned, and by which limits. */
export interface Chosen {
  readonly sources: readonly Source[]
  readonly caches: BudgetSettings
  readonly buildkit: BudgetSettings
  /** Caches that count for the whole and that nobody can prune yet. */
  readonly others: readonly string[]
}

/** What is set for all on a server with Dokku; nothing on any other machine. */
function globals({ platform, runner }: Context): Values {
  return platform.kind === 'dokku' ? makeProperties(platform, runner).all('--global') : {}
}

/** Options of a selection, as a person writes them. */
const FLAGS: Readonly<Record<keyof Selection, string>> = {
  type: '--type',
  cacheMount: '--cache-mount',
  app: '--app',
  keepCacheMounts: '--keep-cache-mounts',
}

/** Only builds of Dokku have directories of base images. */
function staleIn(context: Context, cache: string, now: number): StaleBases | undefined {
  if (context.platform.kind !== 'dokku') return undefined
  return staleBases(openServer(context), () => context.engine(), cache, now)
}

/** The source of a name. Throws KnownError for a name that no cache has, or that cannot be pruned yet. */
function cacheSource(context: Context, name: string, dryRun = false): Source {
  if (name === SHARED_MOUNTS) return mountsSource(openServer(context), context.now().getTime())
  const found = splitName(name)
  if (!found) throw noSuchCache(name, [SHARED_MOUNTS])
  const cache = nameIn(found.group, found.cache.name)
  const now = context.now().getTime()
  const findNeeded = (directory: string, progress: (what: string) => void) =>
    findNeededBrowsers(context, directory, !dryRun, progress)
  return filesSource(context, cache, now, findNeeded, staleIn(context, cache, now))
}

function isPrunable(name: string): boolean {
  return PRUNABLE.includes(splitName(name)?.cache.name ?? '')
}

/** The limits of caches that were named: what is for all together says nothing of some of them. */
function limitsOfNamed(settings: BudgetSettings, names: readonly string[]): BudgetSettings {
  if (names.length === 0) return settings
  if (limitsOne(settings)) return { ...settings, maxSize: 'off', minFree: 'off' }
  throw new KnownError(`Nothing says what should go from ${names.join(', ')}`, {
    hint: 'Give a limit such as --older-than 30d or --max-size 10GB.',
  })
}

/** Whether this server has cache mounts in shared storage. */
function hasMounts({ platform }: Context): boolean {
  return platform.kind === 'dokku' && existsSync(join(platform.root, SHARED_MOUNTS))
}

function refuseMeaningless(sources: readonly Source[], asked: readonly (keyof Selection)[]): void {
  for (const source of sources) {
    const unknown = asked.find((key) => !source.selectable.includes(key))
    if (unknown) throw new KnownError(`${FLAGS[unknown]} means nothing to ${source.name}`)
  }
}

/**
 * The sources that a person named, or, where none was named, all that understand what was asked.
 * Throws KnownError for a name that is none, and for an option that means nothing to a named one.
 */
export function chooseSources(context: Context, named: Named, wish: Wish): Chosen {
  const names = [...new Set(named.cache)]
  const chosenCaches = names.map((name) => cacheSource(context, name, named.dryRun))
  const asked = Object.keys(wish.selection) as (keyof Selection)[]
  const buildkit = () => buildkitSource(connectEngine(context.env)) as Source
  const chosen: Source[] = named.buildkit ? [...chosenCaches, buildkit()] : chosenCaches
  refuseMeaningless(chosen, asked)
  const set = globals(context)
  const limits = {
    caches: wish.limits ?? limitsOfNamed(cacheBudgetSettings(set), names),
    buildkit: wish.limits ?? budgetSettings(set),
  }
  if (chosen.length) return { ...limits, sources: chosen, others: [] }
  const listed = listedCaches(context)
  const mounts = hasMounts(context) ? [SHARED_MOUNTS] : []
  const all = [...listed.filter(isPrunable), ...mounts]
  const caches = all.map((name) => cacheSource(context, name, named.dryRun))
  const sources = [...caches, buildkit()].filter((source) =>
    asked.every((key) => source.selectable.includes(key)),
  )
  return { ...limits, sources, others: listed.filter((name) => !isPrunable(name)) }
}
