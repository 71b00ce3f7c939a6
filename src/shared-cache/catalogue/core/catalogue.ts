/**
 * The catalogue: one row for each package manager whose cache can be shared. A new package manager
 * needs a new row and its test. The paths of each tool were tested, or read in its source.
 */

import { APT_CACHE_VARIABLE, APT_CONFIG_PLACE, APT_PROGRAMS } from './apt'
import { type CacheSpec, row } from './cache-spec'
import { PROGRAMS, SCCACHE_PROGRAMS, WRAPPER_FILE } from './sccache'
import { KnownError } from '../../../foundation/core/errors'

/**
 * npm itself replaces these in its configuration, by the system that a person chose for an install. To
 * scripts it is a link with this name.
 */
const NPM_SYSTEM = '${npm_config_os}${npm_config_cpu}${npm_config_libc}'

export const CATALOGUE: readonly CacheSpec[] = [
  row({
    name: 'pip',
    title: 'pip (Python)',
    directory: 'pip',
    onByDefault: true,
    rootHome: '/root/.cache/pip',
    location: { name: 'PIP_CACHE_DIR', value: '{home}' },
    downloaded: ['http-v2', 'http'],
    built: ['wheels'],
    perSystem: { links: ['http-v2', 'http'] },
  }),
  row({
    name: 'uv',
    title: 'uv (Python)',
    directory: 'uv',
    onByDefault: true,
    rootHome: '/root/.cache/uv',
    location: { name: 'UV_CACHE_DIR', value: '{home}' },
    // Hard links fail across bind mounts (EXDEV), even on one file system.
    helpers: [{ name: 'UV_LINK_MODE', value: 'copy' }],
    downloaded: [],
    built: [''],
    perSystem: { links: [] },
    samePlace: '/run/shared-cache/uv',
  }),
  row({
    name: 'npm',
    title: 'npm (Node)',
    directory: 'npm',
    onByDefault: true,
    rootHome: '/root/.cache/npm',
    location: { name: 'NPM_CONFIG_CACHE', value: '{home}' },
    helpers: [
      // One log file for each run of each app would grow without limit.
      { name: 'NPM_CONFIG_LOGS_MAX', value: '0' },
      { name: 'NPM_CONFIG_UPDATE_NOTIFIER', value: 'false' },
    ],
    // What npx installs is named by the wanted packages alone, not by system or version of Node. Two npx
    // at once in one such directory fail before npm 11.
    ownInContainers: ['_npx'],
    // Unset ones would make pnpm fail.
    withoutDokku: {
      variables: [
        { name: 'NPM_CONFIG_CACHE', value: `{home}/${NPM_SYSTEM}/` },
        { name: 'npm_config_os', value: '' },
        { name: 'npm_config_cpu', value: '' },
        { name: 'npm_config_libc', value: '' },
      ],
      link: NPM_SYSTEM,
    },
  }),
  row({
    name: 'playwright',
    title: 'Playwright (browsers)',
    directory: 'ms-playwright',
    onByDefault: true,
    rootHome: '/root/.cache/ms-playwright',
    location: { name: 'PLAYWRIGHT_BROWSERS_PATH', value: '{home}' },
    // Without it, installing one version deletes the browsers of another app.
    helpers: [{ name: 'PLAYWRIGHT_SKIP_BROWSER_GC', value: '1' }],
    downloaded: [],
    built: [''],
    perSystem: { links: [] },
    bakedPlaces: ['.cache/ms-playwright', '/ms-playwright'],
  }),
  row({
    name: 'cargo',
    title: 'cargo (Rust)',
    directory: 'rust',
    onByDefault: true,
    rootHome: '/root/.cargo',
    // Never the whole home: `bin/` would be hidden, and every app would get `config.toml` and
    // `credentials.toml`. The two lock files are required: without them a shared registry is corrupted.
    mounts: [
      { path: 'registry', kind: 'directory' },
      { path: 'git', kind: 'directory' },
      { path: '.package-cache', kind: 'file' },
      { path: '.package-cache-mutate', kind: 'file' },
    ],
    location: { name: 'CARGO_HOME', value: '{home}' },
    helpers: [{ name: 'CARGO_CACHE_AUTO_CLEAN_FREQUENCY', value: 'never' }],
    downloaded: ['registry', 'git'],
    followsImage: true,
  }),
  row({
    name: 'sccache',
    title: 'sccache (compiled Rust)',
    directory: 'sccache',
    usedIn: 'dockerfiles',
    rootHome: '/run/shared-cache/sccache',
    // One directory for all systems: it has only rlibs, never output of a linker, each named by the
    // digest of the compiler, its arguments and everything that it read. The wrapper is not called
    // sccache, so that build scripts do not use it for their C compiler too, whose digest covers less.
    location: { name: 'RUSTC_WRAPPER', value: `/run/shared-cache/${PROGRAMS}/${WRAPPER_FILE}` },
    downloaded: [],
    built: [''],
    programs: SCCACHE_PROGRAMS,
  }),
  row({
    name: 'apt',
    title: 'apt (Debian, Ubuntu)',
    directory: 'apt',
    usedIn: 'dockerfiles',
    rootHome: '/run/shared-cache/apt',
    location: { name: 'APT_CONFIG', value: APT_CONFIG_PLACE },
    helpers: [{ name: APT_CACHE_VARIABLE, value: '{home}' }],
    downloaded: [],
    built: [''],
    perSystem: { links: [] },
    programs: APT_PROGRAMS,
  }),
  row({
    name: 'pnpm',
    title: 'pnpm (Node)',
    directory: 'pnpm',
    rootHome: '/root/.local/share/pnpm/store',
    location: { name: 'npm_config_store_dir', value: '{home}' },
    helpers: [
      // pnpm would keep what install scripts built, by Node version and without regard to glibc or musl.
      { name: 'npm_config_side_effects_cache', value: 'false' },
      // pnpm 11 and later.
      { name: 'pnpm_config_store_dir', value: '{home}' },
      { name: 'pnpm_config_side_effects_cache', value: 'false' },
    ],
  }),
  row({
    name: 'yarn',
    title: 'Yarn 2 and later (Node)',
    directory: 'yarn',
    rootHome: '/root/.yarn/berry',
    location: { name: 'YARN_GLOBAL_FOLDER', value: '{home}' },
    // Then the folder is a mirror, and the project gets files of its own: with Plug'n'Play a program loads
    // its packages from there, also where the folder is not mounted (run with Yarn 4.18).
    helpers: [{ name: 'YARN_ENABLE_GLOBAL_CACHE', value: 'false' }],
  }),
  row({
    name: 'bun',
    title: 'Bun',
    directory: 'bun',
    rootHome: '/root/.bun/install/cache',
    location: { name: 'BUN_INSTALL_CACHE_DIR', value: '{home}' },
  }),
  row({
    name: 'go',
    title: 'Go (modules and builds)',
    directory: 'go',
    // A running container has a program and does not need the modules.
    usedIn: 'builds',
    rootHome: '/root/.cache/go',
    // One path for all systems: it is part of the key of build results.
    location: { name: 'GOMODCACHE', value: '{cache}/mod' },
    helpers: [{ name: 'GOCACHE', value: '{home}/build' }],
    downloaded: ['mod'],
    // cgo does not check the libraries of the system when it looks for build results.
    built: ['build'],
    perSystem: { links: [] },
  }),
  row({
    name: 'composer',
    title: 'Composer (PHP)',
    directory: 'composer',
    rootHome: '/root/.cache/composer',
    location: { name: 'COMPOSER_CACHE_DIR', value: '{home}' },
  }),
]

/** A directory that every container has for itself and every user may write; links point there. */
export const OWN_DIRECTORY = '/tmp'

/** Where the caches are in containers of any user: `/root` is closed to all but root. */
export const NEUTRAL_HOME = '/var/cache/shared-cache'

/** Caches that running containers use. */
export const RUN_CACHES = CATALOGUE.filter((cache) => cache.usedIn === 'everything')

/** Names of the caches that apps get by default. */
export const DEFAULT_CACHES: readonly string[] = CATALOGUE.filter((c) => c.onByDefault).map(
  (c) => c.name,
)

/** A cache by its name, or by the name of its directory (`ms-playwright`, `rust`). */
export function findCache(name: string): CacheSpec | undefined {
  return CATALOGUE.find((c) => c.name === name || c.directory === name)
}

/** A cache by a name that is known to exist. Throws a defect otherwise. */
export function cacheNamed(name: string): CacheSpec {
  const cache = CATALOGUE.find((c) => c.name === name)
  if (!cache) throw new Error(`no cache is called ${name}`)
  return cache
}

/** The error for an unknown cache. `more` are valid names that are not in the catalogue. */
export function noSuchCache(name: string, more: readonly string[] = []): KnownError {
  const names = CATALOGUE.map((cache) => cache.name)
  return new KnownError(`No cache is called ${name}`, {
    hint: `Caches are: ${[...names, ...more].join(', ')}`,
  })
}
