import type { Mount } from '../../../foundation/core/app-changes'
import type { AppSettings } from '../../properties/core/properties'

/** What the plugin gave to an app: the record by which exactly this is removed again. */
export interface Given {
  readonly layout: Layout | null
  readonly mounts: readonly GivenMount[]
  readonly env: Readonly<Record<string, string>>
  /** What was withheld, and why. */
  readonly notes: readonly Note[]
}

/** Why a cache, or a variable of it, is withheld from an app. */
export interface Note {
  readonly cache: string
  readonly why: 'image-variable' | 'app-variable' | 'app-mount' | 'image-files' | 'builder'
  /** The variable, the place in the container, or the builder that is the reason. */
  readonly what: string
}

interface GivenMount {
  readonly entry: string | null
  readonly host: string
  readonly container: string
}

export type Layout = 'root' | 'neutral'

/** A place of an image whose files were copied to a shared cache. */
export interface CopiedPlace {
  readonly place: string
  /** The cache directory that they were copied to, such as `playwright@debian-12-amd64-glibc`. */
  readonly directory: string
  /** Modification time of the place, as the Engine formats it: another build of the layer changes it. */
  readonly modified: string
  /** Units that the app needs to run, by their paths in the cache. */
  readonly needed: readonly string[]
}

/** What inspecting an app's image and its running processes found. */
export interface Seen {
  /** Identifies the image: the same before and after Dokku labels it. */
  readonly image: string
  /** USER of the image, '' for none. */
  readonly user: string
  /** Variables of the catalogue that the image itself sets (ENV). */
  readonly env: Readonly<Record<string, string>>
  /** Places of the catalogue at which the image has files. */
  readonly places: readonly string[]
  /** Places whose files were copied to the shared caches, so that a mount hides nothing. */
  readonly copied: readonly CopiedPlace[]
  /** The system of the image, as in `system.ts`; '' for unknown. */
  readonly system: string
  /** The builder in the image's Dokku label, '' without a label. */
  readonly builder: string
  /** Whose processes ran at the last inspection, which precedes the start of a deploy's containers. */
  readonly processes: 'root' | 'other' | 'unknown'
  /**
   * Playwright browsers that an image needs, by image id; null where this cannot be determined. Absent
   * for an image that was not searched yet.
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
  /** What an interrupted run was about to give; null for none. */
  readonly pending: Given | null
  readonly seen: Seen | null
  /** Builder of the running deploy, '' outside of one. */
  readonly builder: string
  /** Whether the app's docker options choose a user. */
  readonly userOption: boolean
}

export const NOTHING_GIVEN: Given = { layout: null, mounts: [], env: {}, notes: [] }

/** Builders whose builds see the app's variables, and run as a user of their own. */
export const BUILDPACK_BUILDERS: readonly string[] = ['herokuish', 'pack']

/** The builder of an app: that of the running deploy, else that of its image; '' for unknown. */
export function builderOf(state: AppState): string {
  return state.builder || state.seen?.builder || ''
}
