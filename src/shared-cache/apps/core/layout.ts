import { type AppState, BUILDPACK_BUILDERS, type Layout, builderOf } from './app'

/** Why an app's containers see the caches where they do. */
export type LayoutReason =
  /** Herokuish and pack build and run as a user of their own. */
  | 'builder'
  /** The property `layout` says so. */
  | 'property'
  | 'no-image'
  /** USER of the image is not root. */
  | 'image-user'
  /** A docker option of the app chooses a user. */
  | 'user-option'
  /** Running processes belong to another user: the entry point changes it. */
  | 'other-processes'
  /** The processes were not seen yet. */
  | 'unknown-processes'
  /** The image and all processes run as root. */
  | 'all-root'

function isRoot(user: string): boolean {
  return ['', 'root', '0'].includes(user.split(':')[0] ?? '')
}

function automaticReason({ seen, userOption }: AppState): LayoutReason {
  if (seen === null) return 'no-image'
  if (!isRoot(seen.user)) return 'image-user'
  if (userOption) return 'user-option'
  if (seen.processes === 'root') return 'all-root'
  return seen.processes === 'other' ? 'other-processes' : 'unknown-processes'
}

/**
 * Where an app's containers see the caches, and why. Only root can enter `/root`, so the layout `root`
 * needs every known process to be root's; the neutral layout serves every user.
 */
export function decideLayout(state: AppState): {
  readonly layout: Layout
  readonly reason: LayoutReason
} {
  if (BUILDPACK_BUILDERS.includes(builderOf(state))) return { layout: 'neutral', reason: 'builder' }
  const chosen = state.settings.layout
  if (chosen !== 'auto') return { layout: chosen, reason: 'property' }
  const reason = automaticReason(state)
  return { layout: reason === 'all-root' ? 'root' : 'neutral', reason }
}

/**
 * Whether the property `layout` puts an app's caches below `/root` although some of its processes are
 * not root's: those cannot reach them there, unless its image opens that directory.
 */
export function isOutOfReach(state: AppState): boolean {
  const { seen, userOption, settings } = state
  if (settings.layout !== 'root' || decideLayout(state).layout !== 'root') return false
  return userOption || (seen !== null && (!isRoot(seen.user) || seen.processes === 'other'))
}
