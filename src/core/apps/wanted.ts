import { type AppState, type Layout, type Mount, type Note, type Seen, decideLayout } from './app'
import { builderObjection } from './builders'
import { CATALOGUE, type CacheSpec, NEUTRAL_HOME, cacheNamed } from '../caches/catalogue'
import { nameIn, rootOf } from './group'

/** A mount that an app should have. */
export interface WantedMount {
  readonly cache: string
  /** Name of the storage entry; null for a file, which only the older form takes. */
  readonly entry: string | null
  readonly hostPath: string
  readonly containerPath: string
  readonly readonly: boolean
}

export interface Wanted {
  readonly layout: Layout
  readonly mounts: readonly WantedMount[]
  readonly env: Readonly<Record<string, string>>
  readonly notes: readonly Note[]
  /** Directories of the app's system that have to be there: `pip@debian-12-amd64-glibc`. */
  readonly rooms: readonly string[]
}

interface CacheWish {
  readonly mounts: readonly WantedMount[]
  readonly env: Readonly<Record<string, string>>
  readonly notes: readonly Note[]
}

const join = (base: string, path: string) => (path ? `${base}/${path}` : base)

/** Name of the storage entry for a mount of a cache: `shared-cache-pip`, `shared-cache-rust-git`. */
export function entryName(cache: CacheSpec, path: string, group: string): string {
  return ['shared-cache', group, cache.directory, path].filter(Boolean).join('-')
}

/** Where the cache is in the containers of a layout. */
function homeOf(cache: CacheSpec, layout: Layout): string {
  return layout === 'root' ? cache.rootHome : `${NEUTRAL_HOME}/${cache.directory}`
}

/** Mounts of a cache at a place in the container, whatever an app allows. */
export function mountsAt(
  cache: CacheSpec,
  root: string,
  home: string,
  group: string,
): readonly WantedMount[] {
  const directory = `${rootOf(root, group)}/${cache.directory}`
  const homes = [home, ...(cache.samePlace ? [cache.samePlace] : [])]
  return homes.flatMap((place) =>
    cache.mounts.map(({ path, kind }) => ({
      cache: cache.name,
      entry: kind === 'directory' ? entryName(cache, path, group) : null,
      hostPath: join(directory, path),
      containerPath: join(place, path),
      readonly: false,
    })),
  )
}

/**
 * Variables of a cache at a place in the container. Where the system of the image is known ('' where
 * it is not), a tool that keeps what it built is pointed at that system's own directory.
 */
export function variablesAt(
  cache: CacheSpec,
  place: string,
  system: string,
): Readonly<Record<string, string>> {
  const inside = cache.perSystem !== null && system !== ''
  const home = inside ? `${cache.samePlace ?? place}/${system}` : place
  return Object.fromEntries(
    [cache.location, ...cache.helpers].map(({ name, value }) => [
      name,
      value.replace('{home}', home).replace('{cache}', cache.samePlace ?? place),
    ]),
  )
}

/** Whether a variable's value in the app is one that this plugin gave, or was giving when killed. */
export function isGiven(state: AppState, name: string, value: string): boolean {
  return state.given.env[name] === value || state.pending?.env[name] === value
}

/**
 * Whether somebody gave the app this cache by hand: the host's directory is mounted just where the
 * app's variable points. Such a pair is taken over; any other value is the app's own.
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
 * Whether a mount is this plugin's to take away: one that it gave or was giving, or one that somebody
 * made by hand for it: a host directory of the catalogue at the place where the tool looks, the whole
 * `rust` at cargo's home included. Those are taken over only where the app is to have that cache.
 */
export function isOurs(state: AppState, root: string, mount: Mount): boolean {
  const given = [...state.given.mounts, ...(state.pending?.mounts ?? [])]
  return (
    given.some((g) => g.host === mount.hostPath && g.container === mount.containerPath) ||
    CATALOGUE.some(
      (cache) =>
        takesOver(state, cache) &&
        mount.hostPath === `${root}/${cache.directory}` &&
        mount.containerPath === cache.rootHome,
    )
  )
}

/** Whether a cache that somebody gave by hand is taken over: only where the app is to have it. */
export function takesOver(state: AppState, cache: CacheSpec): boolean {
  const { enabled, caches } = state.settings
  return enabled && caches.includes(cache.name) && state.scheduler === 'docker-local'
}

function tidy(place: string): string {
  return place.replace(/(.)\/+$/, '$1')
}

/** The system of an app's image, as far as it is known. */
function systemOf(state: AppState): string {
  return state.seen?.system ?? ''
}

/** The home that an image chose for a cache, where it chose one that can be used as it is. */
function imageHome(state: AppState, cache: CacheSpec): string | null {
  const value = state.seen?.env[cache.location.name]
  if (value === undefined) return null
  const home = tidy(value)
  const known = [homeOf(cache, 'root'), homeOf(cache, 'neutral')]
  // Where tools build for one system, a place that all of them share will not do.
  const usable = cache.perSystem === null && known.includes(home)
  return cache.followsImage || usable ? home : null
}

/** What an image holds of a cache at one place, and where it would have to be instead. */
export interface HeldPlace {
  readonly cache: string
  readonly place: string
  /** Path of it below the cache; '' for all of the cache. */
  readonly within: string
  /** Directory that the app's containers would see, such as `pip@debian-12-amd64-glibc`. */
  readonly room: string
}

/** What came of copying what an image holds at one place: the bytes, or why nothing was copied. */
export type CopyOutcome = HeldPlace & ({ readonly bytes: number } | { readonly why: string })

/** Name of the directory in which the app's containers would see a cache. */
function roomOf(state: AppState, cache: CacheSpec): string {
  const system = systemOf(state)
  const name = nameIn(state.settings.group, cache.name)
  return cache.perSystem && system !== '' ? `${name}@${system}` : name
}

function heldBy(
  state: AppState,
  cache: CacheSpec,
  mounts: readonly WantedMount[],
): readonly HeldPlace[] {
  const room = roomOf(state, cache)
  const { holds = [], taken = [] } = state.seen ?? {}
  return holds.flatMap((place) => {
    if (taken.some((one) => one.place === place && one.room === room)) return []
    const index = mounts.findIndex((mount) => mount.containerPath === place)
    const baked = cache.bakedPlaces.some((each) => place.endsWith(`/${each}`) || place === each)
    if (index < 0 && !baked) return []
    const within = cache.mounts[index % cache.mounts.length]?.path ?? ''
    return [{ cache: cache.name, place, within, room }]
  })
}

/** Why an app must not get a cache; undefined when nothing speaks against it. */
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
  const [held] = heldBy(state, cache, mounts)
  return held && { cache: cache.name, why: 'image-files', what: held.place }
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
  // A tool that is pointed at a directory which it cannot write fails: read-only mounts come bare.
  if (readonly) return { mounts, env: {}, notes: [] }

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
  ...{ image: '', user: '', env: {}, holds: [], taken: [], system: '', builder: '' },
  processes: 'unknown',
}

/**
 * Whether the app's containers would look for browsers in the directory of a system, if its next image
 * is of that system and says nothing of browsers itself.
 */
export function seesBrowsers(state: AppState, root: string, system: string): boolean {
  const { seen } = state
  const image = { ...(seen ?? UNKNOWN_IMAGE), env: {}, holds: [], taken: [], system }
  const { env } = wantedFor({ ...state, seen: image }, root)
  return env[cacheNamed('playwright').location.name]?.endsWith(`/${system}`) ?? false
}

/** Places of its image that alone keep an app from a cache. */
export function heldPlaces(state: AppState, root: string): readonly HeldPlace[] {
  const { notes, layout } = wantedFor(state, root)
  return notes.flatMap((note) => {
    if (note.why !== 'image-files') return []
    const cache = cacheNamed(note.cache)
    const home = imageHome(state, cache) ?? homeOf(cache, layout)
    return heldBy(state, cache, mountsAt(cache, root, home, state.settings.group))
  })
}

function roomsFor(state: AppState, mounts: readonly WantedMount[]): readonly string[] {
  if (systemOf(state) === '') return []
  const names = new Set(mounts.map((mount) => mount.cache))
  return [...names].map(cacheNamed).flatMap((c) => (c.perSystem ? [roomOf(state, c)] : []))
}

/**
 * What an app should have: pure, from its state and the root of the caches as Docker sees it. An app
 * of another scheduler, one that is disabled, and one whose containers may not use the caches
 * (`run-access off`) should have nothing. Some caches are of use in builds alone.
 */
export function wantedFor(state: AppState, root: string, purpose: 'run' | 'build' = 'run'): Wanted {
  const layout = decideLayout(state)
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
    mounts: wishes.flatMap((wish) => wish.mounts),
    env: Object.assign({}, ...wishes.map((wish) => wish.env)) as Record<string, string>,
    notes: wishes.flatMap((wish) => wish.notes),
    rooms: roomsFor(
      state,
      wishes.flatMap((wish) => wish.mounts),
    ),
  }
}
