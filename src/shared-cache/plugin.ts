import type { Plugin } from '../foundation/plugin'

/** The plugin shared-cache, for the shared code of both plugins. */
export const PLUGIN: Plugin = {
  name: 'shared-cache',
  description: 'One shared package cache for all apps',
  helperDirectory: '/usr/local/lib/dokku-shared-cache',
  dataDirectory: 'shared',
  rootVariable: 'SHARED_CACHE_ROOT',
}
