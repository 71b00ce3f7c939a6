import { type Rows, type Values, sortRows } from '../../../foundation/core/properties'
import { CATALOGUE, cacheNamed } from '../../catalogue/core/catalogue'
import type { CacheSpec } from '../../catalogue/core/cache-spec'
import type { Given, Note } from '../../apps/core/app'
import { LOSSES_KEY, type Loss, parseLosses } from '../../build-records/core/losses'
import { type BuildRecord, RECORD_KEY, parseRecord } from '../../build-records/core/record'
import { rootOf } from '../../catalogue/core/group'
import type { Unusable } from '../../directories/core/usable'
import { parseGiven } from '../../apps/core/record'
import {
  type AppSettings,
  appRows as settingRows,
  appSettings,
  effective,
  givesBuilds,
  keysFor,
} from '../../properties/core/properties'

/** The failed build because of which an app builds without caches; null for none. */
function withoutCaches(values: Values): BuildRecord | null {
  const record = parseRecord(values[RECORD_KEY])
  return record?.state === 'stopped' ? record : null
}

/** The report of one app for scripts: its properties, and what it was given. */
export function appRows(
  app: string,
  values: Values,
  global: Values,
  unusable: readonly Unusable[] = [],
): Rows {
  const { given } = parseGiven(app, values['given'])
  return sortRows({
    ...settingRows(values, global),
    'given-layout': given.layout ?? '',
    'given-mounts': given.mounts.map((m) => `${m.host}:${m.container}`).join(' '),
    'given-variables': Object.entries(given.env)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    unusable: unusable.map(unusableText).join(', '),
    withheld: given.notes.map(({ cache, why, what }) => `${cache} (${why} ${what})`).join(', '),
    'builds-without-caches':
      withoutCaches(values)
        ?.suspects.map(({ step }) => step)
        .join(', ') ?? '',
  })
}

function unusableText({ caches, why }: Unusable): string {
  return `${caches.join(' ')}: ${why}`
}

/** A cache of an app, as a report shows it. */
export interface AppCache {
  readonly name: string
  /** Paths in the app's containers; empty if they do not have it. */
  readonly places: readonly string[]
  readonly state:
    | 'mounted'
    | 'withheld'
    | 'builds-only'
    | 'builds-off'
    | 'run-access-off'
    | 'other-scheduler'
    | 'missing'
}

/** A property that is set for the app, or else for all apps. */
interface AppProperty {
  readonly key: string
  readonly value: string
  readonly scope: 'app' | 'global'
}

/** The report of one app for people. */
export interface AppReport {
  readonly app: string
  /** Dokku's scheduler, which runs the app's containers: only `docker-local` can mount the caches. */
  readonly scheduler: string
  readonly settings: AppSettings
  readonly buildCaches: string
  readonly given: Given
  readonly caches: readonly AppCache[]
  /** What the app does not get, and why. */
  readonly withheld: readonly Note[]
  /** Caches whose directories are not right, and why: builds do not get them. */
  readonly unusable: readonly string[]
  readonly properties: readonly AppProperty[]
  /** Why its builds have no caches: one with them did not finish; null where they have. */
  readonly failedBuild: BuildRecord | null
  /** Steps that emptied a cache in an earlier build. */
  readonly losses: readonly Loss[]
}

/**
 * The caches of one app. `root` is the root of the caches as Docker sees it. Throws KnownError if the
 * record of the app is damaged.
 */
export function appReport(
  app: string,
  values: Values,
  global: Values,
  root: string,
  unusable: readonly Unusable[] = [],
  scheduler = 'docker-local',
): AppReport {
  const { given } = parseGiven(app, values['given'])
  const settings = appSettings(values, global)
  const wanted = settings.enabled ? settings.caches : []
  const places = new Map(
    CATALOGUE.map((cache) => [cache.name, placesOf(cache, given, settings, root)]),
  )
  const names = CATALOGUE.map(({ name }) => name).filter(
    (name) => wanted.includes(name) || (places.get(name)?.length ?? 0) > 0,
  )
  return {
    app,
    scheduler,
    settings,
    buildCaches: effective('build-caches', values, global),
    given,
    caches: names.map((name) => {
      const own = places.get(name) ?? []
      if (own.length > 0) return { name, places: own, state: 'mounted' }
      const gives = givesBuilds(values, global)
      const isElsewhere = gives && scheduler !== 'docker-local'
      const state = isElsewhere ? 'other-scheduler' : stateOf(name, given, settings, gives)
      return { name, places: own, state }
    }),
    withheld: given.notes,
    unusable: unusable.map(unusableText),
    properties: propertiesOf(values, global),
    failedBuild: withoutCaches(values),
    losses: parseLosses(values[LOSSES_KEY]),
  }
}

/** Paths in containers at which an app got a cache; its lock files are not listed. */
function placesOf(
  { directory, mounts }: CacheSpec,
  given: Given,
  { group }: AppSettings,
  root: string,
): readonly string[] {
  const base = `${rootOf(root, group)}/${directory}`
  const hosts = mounts
    .filter(({ kind }) => kind === 'directory')
    .map(({ path }) => (path === '' ? base : `${base}/${path}`))
  return given.mounts.filter(({ host }) => hosts.includes(host)).map(({ container }) => container)
}

/** Why an enabled cache is not mounted. */
function stateOf(
  name: string,
  given: Given,
  settings: AppSettings,
  isBuilt: boolean,
): AppCache['state'] {
  if (cacheNamed(name).usedIn !== 'everything') return isBuilt ? 'builds-only' : 'builds-off'
  if (given.notes.some(({ cache }) => cache === name)) return 'withheld'
  return settings.runAccess === 'off' ? 'run-access-off' : 'missing'
}

function propertiesOf(values: Values, global: Values): readonly AppProperty[] {
  return keysFor('app').flatMap((key): readonly AppProperty[] => {
    const own = values[key]
    if (own) return [{ key, value: own, scope: 'app' }]
    const all = keysFor('global').includes(key) ? global[key] : undefined
    return all ? [{ key, value: all, scope: 'global' }] : []
  })
}
