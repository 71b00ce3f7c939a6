import { type AppState, type Note, builderOf } from './app'

/**
 * Caches that a builder manages itself, or rejects. Apps with this builder get neither the mounts nor
 * the variables of these caches, because the builds use both. From the buildpacks' sources (November
 * 2026):
 * - The Node.js buildpack of herokuish moves the directory of NPM_CONFIG_CACHE, YARN_CACHE_FOLDER or
 *   the pnpm store to the app's own cache after a build. With a mount this fails with "Device or
 *   resource busy" (tested), and for all other apps the shared directory would be empty.
 * - The Python buildpack of Heroku for Cloud Native Buildpacks refuses to build if PIP_CACHE_DIR,
 *   UV_CACHE_DIR or UV_LINK_MODE is set; it stores downloads of pip and uv in a layer.
 */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  herokuish: ['npm', 'pnpm', 'yarn'],
  pack: ['pip', 'uv'],
}

/** Why an app cannot have a cache because of its builder; undefined if it can. */
export function builderObjection(state: AppState, cache: string): Note | undefined {
  const builder = builderOf(state)
  return KEPT[builder]?.includes(cache) ? { cache, why: 'builder', what: builder } : undefined
}
