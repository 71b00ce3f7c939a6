/**
 * The catalogue: one row for each package manager whose cache can be shared. A new package manager is a
 * new row and its test. Where each tool stores what was tried, or read in its source.
 */

import { APT_CACHE_VARIABLE, APT_CONFIG_PLACE, APT_PROGRAMS } from './apt'
import type { Programs } from './programs'
import { PROGRAMS, SCCACHE_PROGRAMS, WRAPPER_FILE } from './sccache'
import { KnownError } from '../../../foundation/core/errors'

/** One thing of the host that appears in a container. */
interface MountSpec {
  /** Path below the cache directory and below its place in the container; '' for the whole cache. */
  readonly path: string
  readonly kind: 'directory' | 'file'
}

interface VariableSpec {
  readonly name: string
  /**
   * The value. `{cache}` is replaced by the place of the cache in the container, `{home}` by the place of
   * its system's directory, if each system has one.
   */
  readonly value: string
}

export interface CacheSpec {
  /** Its name in commands, such as `--cache pip`. */
  readonly name: string
  /** The package manager, for people. */
  readonly title: string
  /** Directory below the root of the shared caches. */
  readonly directory: string
  /** Who uses it: containers and builds, all builds, or only Dockerfile builds. */
  readonly usedIn: 'everything' | 'builds' | 'dockerfiles'
  /** Whether apps get it by default. */
  readonly onByDefault: boolean
  /** Where the tool looks in a container that runs as root. */
  readonly rootHome: string
  readonly mounts: readonly MountSpec[]
  /** The variable that tells the tool where its cache is. A value in an image has priority. */
  readonly location: VariableSpec
  /** Other variables that sharing needs. They are given only together with the location. */
  readonly helpers: readonly VariableSpec[]
  /** Paths below the cache with downloaded files, which are the same for every system. */
  readonly downloaded: readonly string[]
  /** Paths below the cache with files that were built or differ by system. */
  readonly built: readonly string[]
  /**
   * Places, absolute or below the home directory of the image's user, where an image may have files that
   * a running app needs. With the location variable the tool would not find them.
   */
  readonly bakedPlaces: readonly string[]
  /**
   * Set if the tool's files differ by system: each system then has its own directory inside the cache,
   * with links to what all systems share.
   */
  readonly perSystem: { readonly links: readonly string[] } | null
  /**
   * A second place that is the same in all containers: uv before 0.11.17 writes links with absolute paths
   * into its cache, and they must work in other containers.
   */
  readonly samePlace: string | null
  /** An image that sets the location gets the mounts there and keeps its value (cargo). */
  readonly followsImage: boolean
  /** The programs that it needs in containers. */
  readonly programs: Programs | null
}

const whole: readonly MountSpec[] = [{ path: '', kind: 'directory' }]

function row(
  spec: Pick<CacheSpec, 'name' | 'title' | 'directory' | 'rootHome' | 'location'> &
    Partial<CacheSpec>,
): CacheSpec {
  return {
    onByDefault: false,
    usedIn: 'everything',
    mounts: whole,
    helpers: [],
    downloaded: [''],
    built: [],
    bakedPlaces: [],
    followsImage: false,
    perSystem: null,
    samePlace: null,
    programs: null,
    ...spec,
  }
}

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
      // One log file for each run of each app would grow without end.
      { name: 'NPM_CONFIG_LOGS_MAX', value: '0' },
      { name: 'NPM_CONFIG_UPDATE_NOTIFIER', value: 'false' },
    ],
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
    // Never the whole home: `bin/` would be hidden, `config.toml` and `credentials.toml` would reach
    // every app. The two lock files belong to it: without them a shared registry is corrupted.
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
    // One for all systems: what it keeps is rlibs alone, never what a linker made, and each is named by
    // the digest of the compiler, its arguments and all that it read. Its wrapper is not called sccache,
    // so that build scripts do not give it their C compiler too, whose digest says less.
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
  }),
  row({
    name: 'yarn',
    title: 'Yarn 2 and later (Node)',
    directory: 'yarn',
    rootHome: '/root/.yarn/berry',
    location: { name: 'YARN_GLOBAL_FOLDER', value: '{home}' },
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
    // A container that runs has a program, and no use for what it was made of.
    usedIn: 'builds',
    rootHome: '/root/.cache/go',
    // One path for all systems: it is in the key of what is built of a module.
    location: { name: 'GOMODCACHE', value: '{cache}/mod' },
    helpers: [{ name: 'GOCACHE', value: '{home}/build' }],
    downloaded: ['mod'],
    // cgo does not look at the libraries of the system when it looks for what was built before.
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

/** The error for an unknown cache; `more` are valid names outside of the catalogue. */
export function noSuchCache(name: string, more: readonly string[] = []): KnownError {
  const names = CATALOGUE.map((cache) => cache.name)
  return new KnownError(`No cache is called ${name}`, {
    hint: `Caches are: ${[...names, ...more].join(', ')}`,
  })
}
