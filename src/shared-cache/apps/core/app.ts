import type { Mount } from '../../../foundation/core/app-changes'
import type { AppSettings } from '../../settings/core/settings'

/** What setup gave to an app: the record by which it is taken away again, exactly. */
export interface Given {
  readonly layout: Layout | null
  readonly mounts: readonly GivenMount[]
  readonly env: Readonly<Record<string, string>>
  /** What it was not given, and why. */
  readonly notes: readonly Note[]
}

/** Why an app does not get a cache, or not all of it. */
export interface Note {
  readonly cache: string
  readonly why: 'image-variable' | 'app-variable' | 'app-mount' | 'image-files' | 'builder'
  /** The variable, the place or the builder in question. */
  readonly what: string
}

interface GivenMount {
  readonly entry: string | null
  readonly host: string
  readonly container: string
}

export type Layout = 'root' | 'neutral'

/** A place of an image whose files were taken into a shared cache. */
export interface CopiedPlace {
  readonly place: string
  /** The directory that they went to, such as `playwright@debian-12-amd64-glibc`. */
  readonly room: string
  /** When the place was changed last, as the Engine says it: a layer that is built anew says another. */
  readonly modified: string
  /** Units that the app cannot do without, by their paths in the cache. */
  readonly needed: readonly string[]
}

/** What was seen of an app's image and of its processes. */
export interface Seen {
  /** What tells the image from others: the same before and after Dokku labels it. */
  readonly image: string
  /** USER of the image, '' where it has none. */
  readonly user: string
  /** Variables of the catalogue that the image itself sets (ENV). */
  readonly env: Readonly<Record<string, string>>
  /** Places of the catalogue at which the image holds files. */
  readonly holds: readonly string[]
  /** Those of them whose files are in the shared caches too, so that a mount hides nothing. */
  readonly taken: readonly CopiedPlace[]
  /** The system the image is of, as in `system.ts`; '' where it does not say. */
  readonly system: string
  /** The builder that Dokku labelled it with, '' where there is no label. */
  readonly builder: string
  /** Whose processes ran when they were last looked at: before the containers of a deploy start. */
  readonly processes: 'root' | 'other' | 'unknown'
  /**
   * Playwright's browsers that an image needs, by the image's id; null where that cannot be told.
   * Absent for an image that nobody has searched yet.
   */
  readonly browsers?: Readonly<Record<string, readonly string[] | null>>
}

/** Everything that a plan for one app depends on. */
export interface AppState {
  readonly app: string
  readonly settings: AppSettings
  readonly scheduler: string
  readonly mounts: readonly Mount[]
  readonly env: Readonly<Record<string, string>>
  /** Variables that the operator set for all apps (`config:set --global`). */
  readonly globalEnv: Readonly<Record<string, string>>
  readonly given: Given
  /** What a run that was killed was about to give; null when none was. */
  readonly pending: Given | null
  readonly seen: Seen | null
  /** Builder of the deploy that is under way, '' outside of one. */
  readonly builder: string
  /** Whether the app's docker options choose a user. */
  readonly userOption: boolean
}

export const NOTHING_GIVEN: Given = { layout: null, mounts: [], env: {}, notes: [] }

/** Builders whose builds see the app's variables, and run as a user of their own. */
export const BUILDPACK_BUILDERS: readonly string[] = ['herokuish', 'pack']

/** The builder of an app: that of the deploy under way, else that of its image; '' for none known. */
export function builderOf(state: AppState): string {
  return state.builder || state.seen?.builder || ''
}

function isRoot(user: string): boolean {
  return ['', 'root', '0'].includes(user.split(':')[0] ?? '')
}

/**
 * Where an app's containers see the caches. `/root` is closed to all but root, so the layout `root`
 * is taken only where everything that is known says root; the neutral one serves every user.
 */
export function decideLayout(state: AppState): Layout {
  if (BUILDPACK_BUILDERS.includes(builderOf(state))) return 'neutral'
  if (state.settings.layout !== 'auto') return state.settings.layout
  const { seen } = state
  const allRoot =
    seen !== null && isRoot(seen.user) && seen.processes === 'root' && !state.userOption
  return allRoot ? 'root' : 'neutral'
}

/**
 * Whether an app was told to have the caches below `/root` though not all of its processes are root's:
 * the others cannot reach them there, unless its image opens that directory.
 */
export function isOutOfReach(state: AppState): boolean {
  const { seen, userOption, settings } = state
  if (settings.layout !== 'root' || decideLayout(state) !== 'root') return false
  return userOption || (seen !== null && (!isRoot(seen.user) || seen.processes === 'other'))
}
