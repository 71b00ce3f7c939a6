import { spaceProblem } from '../../foundation/files/disk'
import { type AppState, BUILDPACK_BUILDERS, WITHOUT_VARIABLES_KEY } from '../apps/core/app'
import { type Wanted, wantedFor } from '../apps/core/wanted'
import { readAppState } from '../apps/host/state'
import type { Server } from '../apps/host/server'
import { isNextWithoutCaches, isWithoutCaches, readLosses } from '../build-records/host/record'
import type { Unusable } from '../directories/core/usable'
import { unusableCaches } from '../directories/host/usable'

/** A build of herokuish or pack, with everything that it could get. */
export interface BuildpackBuild {
  readonly server: Server
  readonly app: string
  readonly builder: string
  /** The app's state. Builds can always write to the caches, with any `run-access`. */
  readonly state: AppState
  readonly wanted: Wanted
}

/** The caches that a build could get. */
export function cachesOf({ wanted }: Pick<BuildpackBuild, 'wanted'>): readonly string[] {
  return [...new Set(wanted.mounts.map(({ cache }) => cache))]
}

/** Reads what a build of an app could get. Throws KnownError like `readAppState`. */
export async function readBuildpackBuild(
  server: Server,
  app: string,
  builder: string,
): Promise<BuildpackBuild> {
  const read = await readAppState(server, app, builder)
  const settings = { ...read.settings, runAccess: 'rw' as const }
  const state: AppState = { ...read, settings, withoutVariables: [] }
  const wanted = wantedFor(state, server.platform.hostRoot, 'build')
  return { server, app, builder, state, wanted }
}

/** The caches among the wanted ones whose directories are not right, and why. */
async function unusableIn(build: BuildpackBuild): Promise<readonly Unusable[]> {
  const { server, state, wanted } = build
  const caches = cachesOf(build)
  if (caches.length === 0) return []
  const space = await spaceProblem(server.platform.root)
  return space === null
    ? unusableCaches(server, state.settings.group, caches, wanted.directories)
    : [{ caches, why: space, remedy: 'Run: dokku shared-cache:prune' }]
}

/** Caches that a build does not get, although the app has them. */
export interface Withheld {
  readonly caches: ReadonlySet<string>
  /** Those among them that cannot be used now, with reasons. */
  readonly unusable: readonly Unusable[]
}

/** What a build does not get. `isNext` is for a build whose record has not begun. */
export async function withheldFrom(build: BuildpackBuild, isNext = false): Promise<Withheld> {
  const { server, app, builder } = build
  const isWithout = isNext ? isNextWithoutCaches(server, app) : isWithoutCaches(server, app)
  if (isWithout) return { caches: new Set(cachesOf(build)), unusable: [] }
  const lost = readLosses(server, app).filter(({ key }) => key === builder)
  const unusable = await unusableIn(build)
  const caches = [...unusable.flatMap((each) => each.caches), ...lost.map(({ cache }) => cache)]
  return { caches: new Set(caches), unusable }
}

/**
 * Records which caches the build of an app does not get, so that the next `applyTo` gives the app the
 * variables of all others. Herokuish and pack give the app's variables to the build after the options of
 * `docker-args-build`, so no option can replace them, and without the mount they would name directories
 * that the build cannot make. `isNext` as for `withheldFrom`. Returns whether the record has changed.
 */
export async function recordWithheld(
  server: Server,
  app: string,
  builder: string,
  isNext: boolean,
): Promise<boolean> {
  const { properties } = server.dokku
  const caches = BUILDPACK_BUILDERS.includes(builder)
    ? (await withheldFrom(await readBuildpackBuild(server, app, builder), isNext)).caches
    : []
  const text = [...caches].join(' ')
  if ((properties.get(app, WITHOUT_VARIABLES_KEY) ?? '') === text) return false
  await (text === ''
    ? properties.unset(app, WITHOUT_VARIABLES_KEY)
    : properties.set(app, WITHOUT_VARIABLES_KEY, text))
  return true
}

/** Options that give a build its caches. Variables of the app have priority. */
export function buildOptions(
  { server, builder, state, wanted: all }: BuildpackBuild,
  withheld: ReadonlySet<string>,
): readonly string[] {
  const caches = state.settings.caches.filter((name) => !withheld.has(name))
  const some = { ...state, settings: { ...state.settings, caches } }
  const { mounts, env } =
    withheld.size > 0 ? wantedFor(some, server.platform.hostRoot, 'build') : all
  const [flag, suffix] = builder === 'pack' ? ['--volume', ':rw'] : ['-v', '']
  return [
    ...mounts.map((m) => `${flag} ${m.hostPath}:${m.containerPath}${suffix}`),
    ...Object.entries(env)
      .filter(([name]) => state.env[name] === undefined)
      .map(([name, value]) => `--env ${name}=${value}`),
  ]
}
