import type { Mount } from '../../../foundation/core/app-changes'
import type { AppSettings } from '../../properties/core/properties'

/** What the plugin gave to an app. This record says what to remove again. */
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
  /** The variable, the path in the container, or the builder that is the reason. */
  readonly what: string
}

interface GivenMount {
  readonly entry: string | null
  readonly host: string
  readonly container: string
}

export type Layout = 'root' | 'neutral'

/** A path of an image whose files were copied to a shared cache. */
export interface CopiedPlace {
  readonly place: string
  /** The cache directory that they were copied to, such as `playwright@debian-12-amd64-glibc`. */
  readonly directory: string
  /** Modification time of the path, as the Engine formats it. It changes when the layer is rebuilt. */
  readonly modified: string
  /** Units that the app needs at run time, by their paths in the cache. */
  readonly needed: readonly string[]
}

/** The result of inspecting an app's image and its running processes. */
export interface Seen {
  /** Identifies the image. Dokku's labels do not change it. */
  readonly image: string
  /** USER of the image, '' if not set. */
  readonly user: string
  /** Variables of the catalogue that the image sets (ENV). */
  readonly env: Readonly<Record<string, string>>
  /** Paths of the catalogue at which the image has files. */
  readonly places: readonly string[]
  /** Paths whose files were copied to the shared caches, so a mount hides nothing. */
  readonly copied: readonly CopiedPlace[]
  /** The system of the image, as in `system.ts`; '' if unknown. */
  readonly system: string
  /** The builder in the image's Dokku label, '' without a label. */
  readonly builder: string
  /** Users of the processes at the last inspection, before a deploy's containers start. */
  readonly processes: 'root' | 'other' | 'unknown'
  /**
   * Playwright browsers that an image needs, by image id; null if this cannot be determined. Missing
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
  /** What an interrupted run was going to give; null if there is none. */
  readonly pending: Given | null
  readonly seen: Seen | null
  /** Builder of the running deploy, '' outside of a deploy. */
  readonly builder: string
  /** Whether the app's docker options set a user. */
  readonly userOption: boolean
  /** Caches whose variables the app does not get, because its last build did not get these caches. */
  readonly withoutVariables: readonly string[]
}

/** The property of an app that lists the caches of `AppState.withoutVariables`, separated by spaces. */
export const WITHOUT_VARIABLES_KEY = 'without-variables'

export const NOTHING_GIVEN: Given = { layout: null, mounts: [], env: {}, notes: [] }

/** Builders whose builds use the app's variables and run as a separate user. */
export const BUILDPACK_BUILDERS: readonly string[] = ['herokuish', 'pack']

/** The builder of an app: of the running deploy, else of its image; '' if unknown. */
export function builderOf(state: AppState): string {
  return state.builder || state.seen?.builder || ''
}
