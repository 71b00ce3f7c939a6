import { type AppState, type Note, builderOf } from './app'

/**
 * Caches that a builder keeps itself, or refuses. Apps that it builds get neither their mounts nor
 * their variables, which these builds see. Read in the buildpacks' sources (November 2026):
 * - The Node.js buildpack that herokuish brings moves the directory of NPM_CONFIG_CACHE,
 *   YARN_CACHE_FOLDER or the pnpm store into the app's own cache after a build: that fails for a mount,
 *   "Device or resource busy" (run), and would take a shared directory away from all others.
 * - The Python buildpack of Heroku for Cloud Native Buildpacks refuses to build where PIP_CACHE_DIR,
 *   UV_CACHE_DIR or UV_LINK_MODE is set; it keeps what pip and uv download in a layer.
 */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  herokuish: ['npm', 'pnpm', 'yarn'],
  pack: ['pip', 'uv'],
}

/** Why an app cannot have a cache because of how it is built; undefined where it can. */
export function builderObjection(state: AppState, cache: string): Note | undefined {
  const builder = builderOf(state)
  return KEPT[builder]?.includes(cache) ? { cache, why: 'builder', what: builder } : undefined
}
