import { cacheNamed } from '../../catalogue/core/catalogue'
import type { CacheSpec } from '../../catalogue/core/cache-spec'
import type { AppState, Layout, Note } from './app'
import { type WantedMount, homeOf, imageHome, mountsAt, directoryOf } from './mount-locations'

/** Files of a cache at one path of an image, and the cache directory to copy them to. */
export interface ImageFiles {
  readonly cache: string
  readonly place: string
  /** The path relative to the cache; '' for the whole cache. */
  readonly within: string
  /** The cache directory of the app's containers, such as `pip@debian-12-amd64-glibc`. */
  readonly directory: string
}

/** The result of copying the files at one path: the bytes, or why nothing was copied. */
export type CopyOutcome = ImageFiles & ({ readonly bytes: number } | { readonly why: string })

/** Files of an image, at the mounts of a cache, that are not copied to the cache yet. */
export function imageFilesOf(
  state: AppState,
  cache: CacheSpec,
  mounts: readonly WantedMount[],
): readonly ImageFiles[] {
  const directory = directoryOf(state, cache)
  const { places = [], copied = [] } = state.seen ?? {}
  return places.flatMap((place) => {
    if (copied.some((one) => one.place === place && one.directory === directory)) return []
    const index = mounts.findIndex((mount) => mount.containerPath === place)
    const baked = cache.bakedPlaces.some((each) => place.endsWith(`/${each}`) || place === each)
    if (index < 0 && !baked) return []
    const within = cache.mounts[index % cache.mounts.length]?.path ?? ''
    return [{ cache: cache.name, place, within, directory }]
  })
}

/** Files of an image that are the only reason why an app does not get a cache. */
export function hiddenImageFiles(
  state: AppState,
  root: string,
  { notes, layout }: { readonly notes: readonly Note[]; readonly layout: Layout },
): readonly ImageFiles[] {
  return notes.flatMap((note) => {
    if (note.why !== 'image-files') return []
    const cache = cacheNamed(note.cache)
    const home = imageHome(state, cache) ?? homeOf(cache, layout)
    return imageFilesOf(state, cache, mountsAt(cache, root, home, state.settings.group))
  })
}
