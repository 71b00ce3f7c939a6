import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SHARED_MOUNTS } from '../../catalogue/core/cache-mounts'
import { noSuchCache } from '../../catalogue/core/catalogue'
import type { BudgetSettings } from '../../budgets/core/budgets'
import { limitsOne } from '../../budgets/core/cache-budgets'
import { KnownError } from '../../../foundation/core/errors'
import { nameIn, splitName } from '../../catalogue/core/group'
import type { Selection } from '../../prune-plan/core/inventory'
import type { Values } from '../../../foundation/core/properties'
import { budgetSettings, cacheBudgetSettings } from '../../properties/core/properties'
import { connectEngine } from '../../../foundation/docker/engine'
import { makeProperties } from '../../../foundation/dokku/property-store'
import { buildkitSource } from '../../inventory/host/buildkit'
import { findNeededBrowsers } from '../../inventory/host/needed-browsers'
import { filesSource } from '../../inventory/host/files'
import { listedCaches } from '../../inventory/host/listed-caches'
import { mountsSource } from '../../inventory/host/cache-mounts'
import type { Source } from '../../inventory/host/source'
import { type StaleBases, staleBases } from '../../inventory/host/stale-base-directories'
import { openServer } from '../../apps/host/server'
import type { Context } from '../../../foundation/cli/command'

/** What a command line requests. */
export interface PruneRequest {
  /** Caches that were named, if any. */
  readonly caches: readonly string[]
  /** Whether Docker's build cache was named. */
  readonly buildkit: boolean
  readonly selection: Selection
  /** Null if no limit was given: then the budgets of the host apply. */
  readonly limits: BudgetSettings | null
  readonly dryRun: boolean
}

/** What is pruned, and by which limits. */
export interface PruneTargets {
  readonly sources: readonly Source[]
  /** Whether the sources were named. */
  readonly areNamed: boolean
  readonly caches: BudgetSettings
  readonly buildkit: BudgetSettings
}

/**
 * The named sources, or, if none was named, all that the selection applies to. Throws KnownError for an
 * unknown name, and for an option that does not apply to a named source.
 */
export function chooseTargets(context: Context, request: PruneRequest): PruneTargets {
  const names = [...new Set(request.caches)]
  const named = names.map((name) => cacheSource(context, name, request.dryRun))
  const asked = Object.keys(request.selection) as (keyof Selection)[]
  const buildkit = () => buildkitSource(connectEngine(context.env)) as Source
  const sources: Source[] = request.buildkit ? [...named, buildkit()] : named
  refuseMeaningless(sources, asked)
  const set = globals(context)
  const limits = {
    caches: request.limits ?? limitsOfNamed(cacheBudgetSettings(set), names),
    buildkit: request.limits ?? budgetSettings(set),
  }
  if (sources.length > 0) return { ...limits, sources, areNamed: true }
  const listed = listedCaches(context)
  const mounts = hasMounts(context) ? [SHARED_MOUNTS] : []
  const caches = [...listed, ...mounts]
  const all = [...caches.map((name) => cacheSource(context, name, request.dryRun)), buildkit()]
  return {
    ...limits,
    sources: all.filter(({ selectable }) => asked.every((key) => selectable.includes(key))),
    areNamed: false,
  }
}

/** Properties that are set for all apps; empty without Dokku. */
function globals({ platform, runner }: Context): Values {
  return platform.kind === 'dokku' ? makeProperties(platform, runner).all('--global') : {}
}

/** The source of a name. Throws KnownError for an unknown name. */
function cacheSource(context: Context, name: string, dryRun: boolean): Source {
  if (name === SHARED_MOUNTS) return mountsSource(openServer(context), context.now().getTime())
  const found = splitName(name)
  if (!found) throw noSuchCache(name, [SHARED_MOUNTS])
  const cache = nameIn(found.group, found.cache.name)
  const now = context.now().getTime()
  const findNeeded = (directory: string, progress: (what: string) => void) =>
    findNeededBrowsers(context, directory, !dryRun, progress)
  return filesSource(context, cache, now, findNeeded, staleIn(context, cache, now))
}

/** Only Dokku builds have directories of base images. */
function staleIn(context: Context, cache: string, now: number): StaleBases | undefined {
  if (context.platform.kind !== 'dokku') return undefined
  return staleBases(openServer(context), () => context.engine(), cache, now)
}

/** Limits for named caches: limits for all caches together do not apply to a part of them. */
function limitsOfNamed(settings: BudgetSettings, names: readonly string[]): BudgetSettings {
  if (names.length === 0) return settings
  if (limitsOne(settings)) return { ...settings, maxSize: 'off', minFree: 'off' }
  throw new KnownError(`No limit is given for ${names.join(', ')}`, {
    hint: 'Give a limit such as --older-than 30d or --max-size 10GB.',
  })
}

/** Whether this server has cache mounts in shared storage. */
function hasMounts({ platform }: Context): boolean {
  return platform.kind === 'dokku' && existsSync(join(platform.root, SHARED_MOUNTS))
}

/** The options of a selection. */
const FLAGS: Readonly<Record<keyof Selection, string>> = {
  type: '--type',
  cacheMount: '--cache-mount',
  app: '--app',
  keepCacheMounts: '--keep-cache-mounts',
}

function refuseMeaningless(sources: readonly Source[], asked: readonly (keyof Selection)[]): void {
  for (const source of sources) {
    const unknown = asked.find((key) => !source.selectable.includes(key))
    if (unknown) throw new KnownError(`${FLAGS[unknown]} does not apply to ${source.name}`)
  }
}
