import { CATALOGUE } from '../core/caches/catalogue'
import { KnownError } from '../core/errors'
import { nameIn, splitName } from '../core/apps/group'
import type { Limits, Selection } from '../core/caches/inventory'
import { type Values, appSettings, budgetSettings } from '../core/settings'
import { PRUNABLE } from '../core/caches/units'
import { connectEngine } from '../host/docker/engine'
import { makeProperties } from '../host/dokku/properties'
import { buildkitSource } from '../host/sources/buildkit'
import { filesSource } from '../host/sources/files'
import type { Source } from '../host/sources/source'
import type { World } from './world'

/** What a person asked for: which units, and what should become of them. */
export interface Wish {
  readonly selection: Selection
  /** Null where no limit was given: the host's budgets hold then. */
  readonly limits: Limits | null
}

interface Named {
  readonly cache?: readonly string[]
  readonly buildkit?: boolean
}

/** What is set for all on a server with Dokku; nothing on any other machine. */
function globals({ platform, runner }: World): Values {
  return platform.kind === 'dokku' ? makeProperties(platform, runner).all('--global') : {}
}

/** Options of a selection, as a person writes them. */
const FLAGS: Readonly<Record<keyof Selection, string>> = {
  type: '--type',
  cacheMount: '--cache-mount',
  app: '--app',
  keepCacheMounts: '--keep-cache-mounts',
}

/** The source of a name. Throws KnownError for a name that no cache has, or that cannot be pruned yet. */
function cacheSource(world: World, name: string): Source {
  const found = splitName(name)
  if (!found) {
    throw new KnownError(`No cache is called ${name}`, {
      hint: `Caches are: ${CATALOGUE.map((cache) => cache.name).join(', ')}`,
    })
  }
  return filesSource(world, nameIn(found.group, found.cache.name), world.now().getTime())
}

/** Groups that apps are in, that of all others first. */
function groupsInUse({ platform, runner }: World): readonly string[] {
  if (platform.kind !== 'dokku') return ['']
  const properties = makeProperties(platform, runner)
  const groups = properties.apps().map((app) => appSettings(properties.all(app), {}).group)
  return [...new Set(['', ...groups])]
}

/**
 * The sources that a person named, or, where none was named, all that understand what was asked.
 * Throws KnownError for a name that is none, and for an option that means nothing to a named one.
 */
export function chooseSources(world: World, named: Named, wish: Wish): readonly Source[] {
  const chosenCaches = [...new Set(named.cache)].map((name) => cacheSource(world, name))
  const asked = Object.keys(wish.selection) as (keyof Selection)[]
  const buildkit = () => buildkitSource(connectEngine(world.env), budgetSettings(globals(world)))
  const chosen: Source[] = named.buildkit ? [...chosenCaches, buildkit()] : chosenCaches
  for (const source of chosen) {
    const unknown = asked.find((key) => !source.selectable.includes(key))
    if (unknown) throw new KnownError(`${FLAGS[unknown]} means nothing to ${source.name}`)
  }
  if (chosen.length) return chosen
  const caches = groupsInUse(world).flatMap((group) => PRUNABLE.map((name) => nameIn(group, name)))
  const all: Source[] = [...caches.map((name) => cacheSource(world, name)), buildkit()]
  return all.filter(
    (source) =>
      asked.every((key) => source.selectable.includes(key)) &&
      (wish.limits !== null || source.planBudgets !== undefined),
  )
}
