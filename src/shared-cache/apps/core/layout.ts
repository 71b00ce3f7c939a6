import { type AppState, BUILDPACK_BUILDERS, type Layout, builderOf } from './app'

/** Why an app has its layout: the paths of the caches in its containers. */
export type LayoutReason =
  /** Herokuish and pack build and run as a separate user. */
  | 'builder'
  /** The property `layout` is set. */
  | 'property'
  | 'no-image'
  /** USER of the image is not root. */
  | 'image-user'
  /** A docker option of the app sets a user. */
  | 'user-option'
  /** Running processes belong to another user: the entry point changes the user. */
  | 'other-processes'
  /** The processes were not inspected yet. */
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
 * Decides the layout of an app, with the reason. Only root can read `/root`, so the layout `root` is
 * for apps whose known processes all belong to root. The neutral layout works for every user.
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
 * Whether the property `layout` puts the caches below `/root` although some of the app's processes do
 * not belong to root: they cannot read it, unless the image opens that directory.
 */
export function isOutOfReach(state: AppState): boolean {
  const { seen, userOption, settings } = state
  if (settings.layout !== 'root' || decideLayout(state).layout !== 'root') return false
  return userOption || (seen !== null && (!isRoot(seen.user) || seen.processes === 'other'))
}
