import type { Plugin } from '../foundation/plugin'

/** The plugin persist, for the shared code of both plugins. */
export const PLUGIN: Plugin = {
  name: 'persist',
  description: 'Keep the data of apps in volumes',
  helperDirectory: '/usr/local/lib/dokku-persist',
  dataDirectory: 'persist',
  rootVariable: 'PERSIST_ROOT',
}
