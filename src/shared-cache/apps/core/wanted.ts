import type { Mount } from '../../../foundation/core/app-changes'
import type { AppState, Layout, Note, Seen } from './app'
import { type LayoutReason, decideLayout } from './layout'
import { builderObjection } from './builders'
import { CATALOGUE, cacheNamed } from '../../catalogue/core/catalogue'
import type { CacheSpec } from '../../catalogue/core/cache-spec'
import { rootOf } from '../../catalogue/core/group'
import { imageFilesOf } from './image-files'
import {
  type WantedMount,
  homeOf,
  imageHome,
  mountsAt,
  directoryOf,
  systemOf,
  tidy,
  variablesAt,
} from './mount-locations'

export interface Wanted {
  readonly layout: Layout
  readonly reason: LayoutReason
  readonly mounts: readonly WantedMount[]
  readonly env: Readonly<Record<string, string>>
  readonly notes: readonly Note[]
  /** Cache directories of the app's system that the mounts need: `pip@debian-12-amd64-glibc`. */
  readonly directories: readonly string[]
}

interface CacheWish {
  readonly mounts: readonly WantedMount[]
  readonly env: Readonly<Record<string, string>>
  readonly notes: readonly Note[]
}

/** Whether a variable's value came from this plugin, including an interrupted run. */
export function isGiven(state: AppState, name: string, value: string): boolean {
  return state.given.env[name] === value || state.pending?.env[name] === value
}

/**
 * Whether this cache was added to the app by hand: the host's directory is mounted at the value of the
 * app's variable. The plugin adopts such a pair. Any other value belongs to the app.
 */
export function isHandMade(
  state: AppState,
  root: string,
  cache: CacheSpec,
  value: string,
): boolean {
  const directory = `${root}/${cache.directory}`
  return state.mounts.some((m) => m.hostPath === directory && m.containerPath === value)
}

/**
 * Whether the plugin may remove a mount: one that it gave, also in an interrupted run, or one made by
 * hand for the same purpose: a host directory of the catalogue at the tool's path, or the whole `rust`
 * at cargo's home. Mounts made by hand are adopted only for caches that the app should have.
 */
export function isOurs(state: AppState, root: string, mount: Mount): boolean {
  const given = [...state.given.mounts, ...(state.pending?.mounts ?? [])]
  return (
    given.some((g) => g.host === mount.hostPath && g.container === mount.containerPath) ||
    CATALOGUE.some(
      (cache) =>
        adopts(state, cache) &&
        mount.hostPath === `${root}/${cache.directory}` &&
        mount.containerPath === cache.rootHome,
    )
  )
}

/** Whether mounts and variables made by hand for a cache are adopted: only if the app should have it. */
export function adopts(state: AppState, cache: CacheSpec): boolean {
  const { enabled, caches } = state.settings
  return enabled && caches.includes(cache.name) && state.scheduler === 'docker-local'
}

/** Why a cache is withheld from an app; undefined if it is not. */
function objection(
  state: AppState,
  root: string,
  cache: CacheSpec,
  home: string,
  mounts: readonly WantedMount[],
): Note | undefined {
  const kept = builderObjection(state, cache.name)
  if (kept) return kept
  const { name } = cache.location
  if (state.seen?.env[name] !== undefined && imageHome(state, cache) === null) {
    return { cache: cache.name, why: 'image-variable', what: name }
  }
  const own = state.env[name] ?? state.globalEnv[name]
  const wanted = variablesAt(cache, home, systemOf(state))[name]
  const theirs =
    own !== undefined &&
    tidy(own) !== wanted &&
    !isGiven(state, name, own) &&
    !isHandMade(state, root, cache, tidy(own))
  if (theirs) return { cache: cache.name, why: 'app-variable', what: name }
  for (const [place, hostPath] of [
    [home, `${rootOf(root, state.settings.group)}/${cache.directory}`],
    ...mounts.map((mount) => [mount.containerPath, mount.hostPath] as const),
  ]) {
    const other = state.mounts.some(
      (m) => m.containerPath === place && m.hostPath !== hostPath && !isOurs(state, root, m),
    )
    if (other && place) return { cache: cache.name, why: 'app-mount', what: place }
  }
  const [hidden] = imageFilesOf(state, cache, mounts)
  return hidden && { cache: cache.name, why: 'image-files', what: hidden.place }
}

function wishFor(state: AppState, root: string, layout: Layout, cache: CacheSpec): CacheWish {
  const chosen = imageHome(state, cache)
  const home = chosen ?? homeOf(cache, layout)
  const readonly = state.settings.runAccess === 'ro'
  const mounts = mountsAt(cache, root, home, state.settings.group).map((mount) => ({
    ...mount,
    readonly,
  }))
  const no = objection(state, root, cache, home, mounts)
  if (no) return { mounts: [], env: {}, notes: [no] }
  // Tools fail if their variable names a directory that they cannot write to: no variables.
  if (readonly || state.withoutVariables.includes(cache.name)) return { mounts, env: {}, notes: [] }

  const env: Record<string, string> = {}
  const notes: Note[] = []
  for (const [name, value] of Object.entries(variablesAt(cache, home, systemOf(state)))) {
    const own = state.env[name] ?? state.globalEnv[name]
    const isLocation = name === cache.location.name
    if (state.seen?.env[name] !== undefined) continue
    if (own !== undefined && own !== value && !isLocation && !isGiven(state, name, own)) {
      notes.push({ cache: cache.name, why: 'app-variable', what: name })
      continue
    }
    env[name] = value
  }
  return { mounts, env, notes }
}

const UNKNOWN_IMAGE: Seen = {
  ...{ image: '', user: '', env: {}, places: [], copied: [], system: '', builder: '' },
  processes: 'unknown',
}

/**
 * Whether the app's containers would look for browsers in the directory of a system, if the app's next
 * image is of that system and sets no variable for browsers.
 */
export function seesBrowsers(state: AppState, root: string, system: string): boolean {
  const { seen } = state
  const image = { ...(seen ?? UNKNOWN_IMAGE), env: {}, places: [], copied: [], system }
  const { env } = wantedFor({ ...state, seen: image }, root)
  return env[cacheNamed('playwright').location.name]?.endsWith(`/${system}`) ?? false
}

function directoriesFor(state: AppState, mounts: readonly WantedMount[]): readonly string[] {
  if (systemOf(state) === '') return []
  const names = new Set(mounts.map((mount) => mount.cache))
  return [...names].map(cacheNamed).flatMap((c) => (c.perSystem ? [directoryOf(state, c)] : []))
}

/**
 * The mounts and variables that an app should have. `root` is the root of the caches as Docker sees it.
 * An app of another scheduler, a disabled app and an app with `run-access off` should have nothing.
 * Caches that only builds use are included for the purpose `build`.
 */
export function wantedFor(state: AppState, root: string, purpose: 'run' | 'build' = 'run'): Wanted {
  const { layout, reason } = decideLayout(state)
  const none =
    !state.settings.enabled ||
    state.settings.runAccess === 'off' ||
    state.scheduler !== 'docker-local'
  const wishes = none
    ? []
    : state.settings.caches
        .map(cacheNamed)
        .filter(
          ({ usedIn }) => usedIn === 'everything' || (usedIn === 'builds' && purpose === 'build'),
        )
        .map((cache) => wishFor(state, root, layout, cache))
  return {
    layout,
    reason,
    mounts: wishes.flatMap((wish) => wish.mounts),
    env: Object.assign({}, ...wishes.map((wish) => wish.env)) as Record<string, string>,
    notes: wishes.flatMap((wish) => wish.notes),
    directories: directoriesFor(
      state,
      wishes.flatMap((wish) => wish.mounts),
    ),
  }
}
