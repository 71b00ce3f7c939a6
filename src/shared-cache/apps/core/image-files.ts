import { type CacheSpec, cacheNamed } from '../../catalogue/core/catalogue'
import type { AppState, Layout, Note } from './app'
import { type WantedMount, homeOf, imageHome, mountsAt, directoryOf } from './mounts'

/** What an image holds of a cache at one place, and where it would have to be instead. */
export interface ImageFiles {
  readonly cache: string
  readonly place: string
  /** Path of it below the cache; '' for all of the cache. */
  readonly within: string
  /** Directory that the app's containers would see, such as `pip@debian-12-amd64-glibc`. */
  readonly room: string
}

/** What came of copying what an image holds at one place: the bytes, or why nothing was copied. */
export type CopyOutcome = ImageFiles & ({ readonly bytes: number } | { readonly why: string })

/** What an image holds at the mounts of a cache, and is not in the cache yet. */
export function imageFilesOf(
  state: AppState,
  cache: CacheSpec,
  mounts: readonly WantedMount[],
): readonly ImageFiles[] {
  const room = directoryOf(state, cache)
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

/** Places of its image that alone keep an app from a cache, by what it should have. */
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
