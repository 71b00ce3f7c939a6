import type { Mount } from './harness'

const PLACES = {
  root: {
    pip: '/root/.cache/pip',
    uv: '/root/.cache/uv',
    npm: '/root/.cache/npm',
    playwright: '/root/.cache/ms-playwright',
    cargo: '/root/.cargo',
  },
  neutral: {
    pip: '/var/cache/shared-cache/pip',
    uv: '/var/cache/shared-cache/uv',
    npm: '/var/cache/shared-cache/npm',
    playwright: '/var/cache/shared-cache/ms-playwright',
    cargo: '/var/cache/shared-cache/rust',
  },
} as const

type Cache = keyof (typeof PLACES)['root']
type Layout = keyof typeof PLACES

const CACHES: readonly Cache[] = ['pip', 'uv', 'npm', 'playwright', 'cargo']

const DIRECTORIES: Readonly<Record<Cache, readonly string[]>> = {
  pip: ['pip'],
  uv: ['uv'],
  npm: ['npm'],
  playwright: ['ms-playwright'],
  cargo: ['rust/registry', 'rust/git', 'rust/.package-cache', 'rust/.package-cache-mutate'],
}

const HELPERS: Readonly<Record<Cache, Readonly<Record<string, string>>>> = {
  pip: {},
  uv: { UV_LINK_MODE: 'copy' },
  npm: { NPM_CONFIG_LOGS_MAX: '0', NPM_CONFIG_UPDATE_NOTIFIER: 'false' },
  playwright: { PLAYWRIGHT_SKIP_BROWSER_GC: '1' },
  cargo: { CARGO_CACHE_AUTO_CLEAN_FREQUENCY: 'never' },
}

const LOCATIONS: Readonly<Record<Cache, string>> = {
  pip: 'PIP_CACHE_DIR',
  uv: 'UV_CACHE_DIR',
  npm: 'NPM_CONFIG_CACHE',
  playwright: 'PLAYWRIGHT_BROWSERS_PATH',
  cargo: 'CARGO_HOME',
}

/** The second path of a cache's directory: uv's links do not work at another path. */
const SECOND_PLACES: Partial<Record<Cache, string>> = { uv: '/run/shared-cache/uv' }

/** The mounts that an app should have, sorted by their path in the container. */
export function mountsOf(layout: Layout, caches = CACHES, readonly = false): Mount[] {
  const places = (cache: Cache) => [PLACES[layout][cache], SECOND_PLACES[cache] ?? []].flat()
  return caches
    .flatMap((cache) =>
      places(cache).flatMap((place) =>
        DIRECTORIES[cache].map((host) => ({
          host,
          container: place + host.slice(host.includes('/') ? 4 : host.length),
          readonly,
        })),
      ),
    )
    .sort((a, b) => (a.container < b.container ? -1 : 1))
}

/** The variables that an app should have. */
export function envOf(layout: Layout, caches = CACHES): Record<string, string> {
  return Object.assign(
    {},
    ...caches.map((cache) => ({ [LOCATIONS[cache]]: PLACES[layout][cache], ...HELPERS[cache] })),
  ) as Record<string, string>
}

/** All caches except these. */
export function allBut(...left: readonly Cache[]): Cache[] {
  return CACHES.filter((cache) => !left.includes(cache))
}

/**
 * Warnings of setup without those about the machine: the double has no CDI, no registry, and possibly
 * no ACLs.
 */
export function otherWarnings(stderr: string): string {
  const ofMachine =
    /^ ! {5}(?:ACLs: the package acl is missing|The image \S+ was not fetched: |Dockerfile builds (?:cannot|will not) use the shared caches|To fix: (?:upgrade Docker|docker pull|remove "cdi")).*\n/gm
  return stderr.replace(ofMachine, '')
}
