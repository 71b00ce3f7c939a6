import { type AppState, type Seen, NOTHING_GIVEN } from '../../src/shared-cache/apps/core/app'
import { DEFAULT_CACHES } from '../../src/shared-cache/catalogue/core/catalogue'

/** Directory of the shared caches on the host. */
export const ROOT = '/var/lib/dokku/data/shared'

/** An image of an unknown system whose processes belong to root. */
export const rootImage: Seen = {
  image: 'sha256:1',
  user: '',
  env: {},
  places: [],
  copied: [],
  system: '',
  builder: 'dockerfile',
  processes: 'root',
}

/** An app without anything from this plugin; `over` changes single fields. */
export function appState(over: Partial<AppState> = {}): AppState {
  return {
    app: 'web',
    settings: { enabled: true, caches: DEFAULT_CACHES, layout: 'auto', runAccess: 'rw', group: '' },
    scheduler: 'docker-local',
    mounts: [],
    env: {},
    globalEnv: {},
    given: NOTHING_GIVEN,
    pending: null,
    seen: rootImage,
    builder: '',
    userOption: false,
    withoutVariables: [],
    ...over,
  }
}
