import type { NewMount } from '../../../foundation/core/app-changes'
import { NEUTRAL_HOME } from '../../catalogue/core/catalogue'
import type { CacheSpec } from '../../catalogue/core/cache-spec'
import type { AppState, Layout } from './app'
import { nameIn, rootOf } from '../../catalogue/core/group'

/** A mount of a cache that an app should have. */
export interface WantedMount extends NewMount {
  readonly cache: string
}

const join = (base: string, path: string) => (path ? `${base}/${path}` : base)

/** Name of the storage entry for a mount of a cache: `shared-cache-pip`, `shared-cache-rust-git`. */
export function entryName(cache: CacheSpec, path: string, group: string): string {
  return ['shared-cache', group, cache.directory, path].filter(Boolean).join('-')
}

/** Path of a cache in containers of a layout. */
export function homeOf(cache: CacheSpec, layout: Layout): string {
  return layout === 'root' ? cache.rootHome : `${NEUTRAL_HOME}/${cache.directory}`
}

/** Mounts of a cache at a path in the container, for any app. */
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
 * Variables of a cache at a path in the container. With a known system ('' for unknown) the variables
 * of tools that store build results contain the directory of that system.
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

/** Removes slashes at the end of a path. */
export function tidy(place: string): string {
  return place.replace(/(.)\/+$/, '$1')
}

/** The system of an app's image; '' if unknown. */
export function systemOf(state: AppState): string {
  return state.seen?.system ?? ''
}

/** The path that the image's own variable sets for a cache; null if there is none that can be used. */
export function imageHome(state: AppState, cache: CacheSpec): string | null {
  const value = state.seen?.env[cache.location.name]
  if (value === undefined) return null
  const home = tidy(value)
  const known = [homeOf(cache, 'root'), homeOf(cache, 'neutral')]
  // Tools that build for one system need a directory of that system, not the shared one.
  const usable = cache.perSystem === null && known.includes(home)
  return cache.followsImage || usable ? home : null
}

/** Name of the cache directory that the app's containers use. */
export function directoryOf(state: AppState, cache: CacheSpec): string {
  const system = systemOf(state)
  const name = nameIn(state.settings.group, cache.name)
  return cache.perSystem && system !== '' ? `${name}@${system}` : name
}
