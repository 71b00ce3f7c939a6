import { BUILD_HOME, CARGO_HOMES } from '../../catalogue/core/build-places'
import type { CacheSpec } from '../../catalogue/core/catalogue'
import type { BuildTool } from './tools'
import { type Variables, expand } from './stages'

const HOME = /^(?:\/root|\/home\/[^/]+|~[^/]*|\$HOME|\$\{HOME\})(?=\/|$)/

function tidy(path: string): string {
  return path.replace(/\/+/g, '/').replace(/(.)\/$/, '$1')
}

/** A path of the file, known variables replaced. */
function resolvePath(path: string, variables: Variables): string {
  return tidy(expand(path, variables) ?? path)
}

/** How a path relates to a directory. */
function relation(path: string, place: string): 'same' | 'above' | 'below' | null {
  if (path === place) return 'same'
  if (path === '' || path === '/' || place.startsWith(`${path}/`)) return 'above'
  return path.startsWith(`${place}/`) ? 'below' : null
}

function toPlace(path: string, place: string): 'same' | 'above' | 'below' | null {
  if (place.startsWith('/')) return relation(path, place)
  const home = HOME.exec(path)
  if (home) return relation(path.slice(home[0].length + 1), place)
  return ['/', '/home', '/root'].includes(path) ? 'above' : null
}

/** The path of `$NAME/rest` where NAME is the variable that sets a tool's cache directory. */
function byVariable(cache: CacheSpec, row: BuildTool, path: string): string | null {
  const [, braced, bare, rest = ''] = /^\$(?:\{(\w+)\}|(\w+))(.*)$/.exec(path) ?? []
  const name = braced ?? bare
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
  if (cache.followsImage) return []
  return [cache.location.name, ...row.locationNames].flatMap((name) => {
    const value = variables.get(name)
    return value?.startsWith('/') ? [tidy(value)] : []
  })
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
  const places = [...row.places, cache.rootHome, ...ownPlaces(cache, row, variables)]
  const home = HOME.exec(told)?.[0]
  // cargo's mounts are only in the home of root and of the official images.
  const reached = !cache.followsImage || home === undefined || home === '/root'
  const whole = cache.followsImage && CARGO_HOMES.includes(told)
  return reached && !whole && places.some((place) => toPlace(told, place) === 'same')
}

/** Whether a path is the cache's directory, above it, or inside it. */
export function touches(
  cache: CacheSpec,
  row: BuildTool,
  path: string,
  variables: Variables,
): boolean {
  const bare = path.replace(/\/(?:\*|\.\[.*|\.)$/, '').replace(/^\/var\/run(?=\/|$)/, '/run')
  const resolved = resolvePath(bare, variables)
  const told = byVariable(cache, row, resolved) ?? resolved
  const places = [
    ...row.places,
    ...ownPlaces(cache, row, variables),
    `${BUILD_HOME}/${cache.directory}`,
  ]
  return places.some((place) => toPlace(told, place) !== null)
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
