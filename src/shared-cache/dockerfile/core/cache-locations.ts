import { BUILD_HOME, CARGO_HOMES } from '../../catalogue/core/build-places'
import { CATALOGUE } from '../../catalogue/core/catalogue'
import type { CacheSpec } from '../../catalogue/core/cache-spec'
import { absolute } from '../../shell/core/paths'
import { type Variables, expand } from './variables'
import { toolOf } from './tools'
import type { BuildTool } from './build-tool'

const HOME = /^(?:\/root|\/home\/[^/]+|~[^/]*|\$HOME|\$\{HOME\b[^}]*\})(?=\/|$)/

/** How a path relates to a cache. `far` is at or above a home directory that a cache may be in. */
export type Relation = 'same' | 'below' | 'above' | 'far'

const STRONGEST: readonly Relation[] = ['same', 'below', 'above', 'far']

/** A path of the file, known variables replaced, without `.` and `..`. */
function resolvePath(path: string, variables: Variables): string {
  const home = variables.get('HOME')
  const own = home?.startsWith('/') ? path.replace(/^~(?=\/|$)/, () => home) : path
  return absolute((expand(own, variables) ?? own).replace(/\/+/g, '/'), null)
}

/** Characters of the patterns of a shell. */
const PATTERN = /[*?[{]/

/** Patterns of bash's extglob. */
const EXTENDED = /[?*+@!]\([^)]*\)/g

const SPECIAL = /[.+^$()|\\]/g

/** Whether the name of a directory may match a pattern of the shell. Too many matches are harmless. */
function mayMatch(pattern: string, name: string): boolean {
  if (pattern === name) return true
  if (!PATTERN.test(pattern)) return false
  const source = pattern
    .replace(/\{.*\}|\[[^\]]*\]/g, '\0')
    .replace(SPECIAL, '\\$&')
    .replace(/[\0*]/g, '.*')
    .replace(/\?/g, '.')
    .replace(/[[{]/g, '\\$&')
  return new RegExp(`^${source}$`).test(name)
}

/** How a path relates to a directory; both relative, or both absolute. */
function relation(path: string, place: string): Relation | null {
  if (PATTERN.test(path)) return patternRelation(path.split('/'), place.split('/'))
  if (path === place) return 'same'
  if (path === '' || path === '/' || place.startsWith(`${path}/`)) return 'above'
  return path.startsWith(`${place}/`) ? 'below' : null
}

function patternRelation(pattern: readonly string[], place: readonly string[]): Relation | null {
  const shared = Math.min(pattern.length, place.length)
  for (let at = 0; at < shared; at++) {
    if (pattern[at] === '**') return 'above'
    if (!mayMatch(pattern[at] ?? '', place[at] ?? '')) return null
  }
  if (pattern.length === place.length) return 'same'
  return pattern.length < place.length ? 'above' : 'below'
}

function toPlace(path: string, place: string, home: string | null): Relation | null {
  if (place.startsWith('/')) return path.startsWith('/') ? relation(path, place) : null
  const isHome = home !== null && (path === home || path.startsWith(`${home}/`))
  const prefix = isHome ? home : HOME.exec(path)?.[0]
  if (prefix !== undefined) {
    const rest = path.slice(prefix.length + 1)
    return rest === '' ? 'far' : relation(rest, place)
  }
  return ['/', '/home', '/root'].includes(path) ? 'far' : null
}

/** The path of `$NAME/rest` where NAME is a variable that sets a tool's cache directory. */
function byVariable(cache: CacheSpec, row: BuildTool, path: string): string | null {
  const [, braced, bare, rest = ''] = /^\$(?:\{(\w+)[^}]*\}|(\w+))(.*)$/.exec(path) ?? []
  const name = braced ?? bare
  if (name === 'XDG_CACHE_HOME') return `~/.cache${rest}`
  if (name === undefined) return null
  const known = [cache.location.name, ...row.locationNames].includes(name)
  return known
    ? cache.followsImage
      ? `${CARGO_HOMES[0] ?? ''}${rest}`
      : cache.rootHome + rest
    : null
}

/** Absolute paths of a tool's cache in this stage, from the variables that the file sets. */
function ownPlaces(cache: CacheSpec, row: BuildTool, variables: Variables): readonly string[] {
  return [cache.location.name, ...row.locationNames].flatMap((name) => {
    const value = variables.get(name)
    if (!value?.startsWith('/')) return []
    const path = absolute(value, null)
    return cache.followsImage ? cache.mounts.map((mount) => `${path}/${mount.path}`) : [path]
  })
}

/** Where a device puts the cache. */
function mountedAt(cache: CacheSpec): readonly string[] {
  const mounts = CARGO_HOMES.flatMap((home) => cache.mounts.map(({ path }) => `${home}/${path}`))
  return [`${BUILD_HOME}/${cache.directory}`, ...(cache.followsImage ? mounts : [])]
}

/** Whether the target of a cache mount is a location of a tool's cache. */
export function isCacheLocation(
  cache: CacheSpec,
  row: BuildTool,
  target: string,
  variables: Variables,
): boolean {
  const path = resolvePath(target, variables)
  const told = byVariable(cache, row, path) ?? path
  const own = cache.followsImage ? [] : ownPlaces(cache, row, variables)
  const places = [...row.places, cache.rootHome, ...own]
  const home = HOME.exec(told)?.[0]
  // cargo's mounts are only in the home of root and of the official images.
  const reached = !cache.followsImage || home === undefined || home === '/root'
  const whole = cache.followsImage && CARGO_HOMES.includes(told)
  return reached && !whole && places.some((place) => toPlace(told, place, null) === 'same')
}

/** The cache of the catalogue whose location is a path; '' for none. */
export function cacheAt(target: string, variables: Variables): string {
  const found = CATALOGUE.find((cache) =>
    isCacheLocation(cache, toolOf(cache.name), target, variables),
  )
  return found?.name ?? ''
}

/** How a path relates to a tool's cache: where a device puts it, and where the tool has it by default. */
export function relationTo(
  cache: CacheSpec,
  row: BuildTool,
  path: string,
  variables: Variables,
): Relation | null {
  const bare = path
    .replace(EXTENDED, '*')
    .replace(/\/(?:\*|\.\[.*|\.)$/, '')
    .replace(/^\/proc\/[^/]+\/root(?=\/|$)/, '')
    .replace(/^\/var\/run(?=\/|$)/, '/run')
  const resolved = resolvePath(bare, variables)
  const told = byVariable(cache, row, resolved) ?? resolved
  const own = [cache.rootHome, ...ownPlaces(cache, row, variables)]
  const places = [...row.places, ...(cache.followsImage ? own.slice(1) : own), ...mountedAt(cache)]
  const home = variables.get('HOME') ?? null
  const found = new Set(
    places.map((place) =>
      toPlace(told, place, home?.startsWith('/') ? absolute(home, null) : null),
    ),
  )
  return STRONGEST.find((each) => found.has(each)) ?? null
}

/** Whether a path is the cache's directory, above it, or inside it. */
export function touches(
  cache: CacheSpec,
  row: BuildTool,
  path: string,
  variables: Variables,
): boolean {
  return relationTo(cache, row, path, variables) !== null
}

/** Whether a path is the cache's directory or inside it. */
export function isInside(
  cache: CacheSpec,
  row: BuildTool,
  path: string,
  variables: Variables,
): boolean {
  const how = relationTo(cache, row, path, variables)
  return how === 'same' || how === 'below'
}

/** Whether a path is the directory in which cargo has its caches. */
export function isHomeOf(
  cache: CacheSpec,
  row: BuildTool,
  path: string,
  variables: Variables,
): boolean {
  if (!cache.followsImage) return false
  const resolved = resolvePath(path.replace(/\/\*$/, ''), variables)
  const told = byVariable(cache, row, resolved) ?? resolved
  return CARGO_HOMES.includes(told) || told.replace(HOME, '') === '/.cargo'
}

/** Whether something mounted at a path would hide the cache from the step. */
export function hides(cache: CacheSpec, path: string, variables: Variables): boolean {
  const target = resolvePath(path, variables)
  const places = cache.followsImage
    ? CARGO_HOMES.flatMap((home) => cache.mounts.map((mount) => `${home}/${mount.path}`))
    : [`${BUILD_HOME}/${cache.directory}`]
  if (!target.startsWith('/')) return false
  return places.some((place) => {
    const how = relation(target, place)
    return how === 'same' || how === 'above'
  })
}
