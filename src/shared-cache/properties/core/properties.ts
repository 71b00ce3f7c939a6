import { type SettingSpec, type Values, makeSettings } from '../../../foundation/core/properties'
import { parseAmount } from '../../../foundation/core/amount'
import { type BudgetSettings, parseMaxAge, parsePartSizes } from '../../budgets/core/budgets'
import { canonicalCache } from '../../budgets/core/cache-budgets'
import { DEFAULT_CACHES, findCache } from '../../catalogue/core/catalogue'
import { FRONTEND } from './frontend'
import { KnownError } from '../../../foundation/core/errors'
import { parseGroup } from '../../catalogue/core/group'
import { NIGHTLY_MODES } from '../../buildkit/core/nightly'
import { DEFAULT_SCHEDULE, parseSchedule } from '../../../foundation/core/schedule'
import { oneOf, parseBoolean } from '../../../foundation/core/property-values'
import { parseCaches, parseCopySize, parseFrontend } from './values'

/** A property of shared-cache. */
export interface CacheSettingSpec extends SettingSpec {
  /** Whether mounts and variables of apps depend on it. */
  readonly changesApps: boolean
}

export const SETTINGS: readonly CacheSettingSpec[] = [
  {
    key: 'enabled',
    scope: 'app',
    parse: parseBoolean('enabled'),
    fallback: 'true',
    summary: 'whether the app has the shared caches',
    changesApps: true,
  },
  {
    key: 'group',
    scope: 'app',
    parse: parseGroup,
    fallback: '',
    summary: 'the group whose own caches the app uses',
    changesApps: true,
  },
  {
    key: 'auto-enable',
    scope: 'global',
    parse: parseBoolean('auto-enable'),
    fallback: 'true',
    summary: 'whether a new app gets the shared caches',
    changesApps: false,
  },
  {
    key: 'caches',
    scope: 'both',
    parse: parseCaches,
    fallback: DEFAULT_CACHES.join(','),
    summary: 'which caches an app has: names, default, all or none',
    changesApps: true,
  },
  {
    key: 'layout',
    scope: 'both',
    parse: oneOf('layout', 'auto', 'root', 'neutral'),
    fallback: 'auto',
    summary: 'where containers see the caches: auto, root or neutral',
    changesApps: true,
  },
  {
    key: 'run-access',
    scope: 'both',
    parse: oneOf('run-access', 'rw', 'ro', 'off'),
    fallback: 'rw',
    summary: 'what containers may do with the caches: rw, ro or off',
    changesApps: true,
  },
  {
    key: 'build-caches',
    scope: 'both',
    parse: oneOf('build-caches', 'auto', 'off'),
    fallback: 'auto',
    summary: 'whether Dockerfile builds use the caches: auto or off',
    changesApps: false,
  },
  {
    key: 'cache-mounts',
    scope: 'both',
    parse: oneOf('cache-mounts', 'known', 'all'),
    fallback: 'known',
    summary: 'which cache mounts of Dockerfiles move to shared storage: known or all',
    changesApps: false,
  },
  {
    key: 'image-copy-max-size',
    scope: 'both',
    parse: parseCopySize,
    fallback: '4GB',
    summary: 'the most that is copied from an image to the caches: a size or off',
    changesApps: false,
  },
  {
    key: 'frontend',
    scope: 'global',
    parse: parseFrontend,
    fallback: FRONTEND,
    summary: 'the image of the Dockerfile frontend, by tag or digest',
    changesApps: false,
  },
  {
    key: 'max-size',
    scope: 'global',
    parse: parseAmount,
    fallback: '20%',
    summary: 'the limit of all shared caches together: a size, a share of the disk, or off',
    changesApps: false,
  },
  {
    key: 'max-age',
    scope: 'global',
    parse: parseMaxAge,
    fallback: 'off',
    summary: 'how long unused files stay in the caches: an age or off',
    changesApps: false,
  },
  {
    key: 'cache-max-size',
    scope: 'global',
    parse: (value) => parsePartSizes(value, canonicalCache),
    fallback: 'off',
    summary: 'the limit of each cache: a size, CACHE=SIZE for single ones, or off',
    changesApps: false,
  },
  {
    key: 'buildkit-max-size',
    scope: 'global',
    parse: parseAmount,
    fallback: '20%',
    summary: "the limit of Docker's build cache: a size, a share of the disk, or off",
    changesApps: false,
  },
  {
    key: 'buildkit-max-age',
    scope: 'global',
    parse: parseMaxAge,
    fallback: 'off',
    summary: "how long unused records stay in Docker's build cache: an age or off",
    changesApps: false,
  },
  {
    key: 'cache-mount-max-size',
    scope: 'global',
    parse: (value) => parsePartSizes(value),
    fallback: 'off',
    summary: 'the limit of each cache mount: a size, ID=SIZE for single ones, or off',
    changesApps: false,
  },
  {
    key: 'min-free-space',
    scope: 'global',
    parse: parseAmount,
    fallback: '10%',
    summary:
      "the disk space that caches and Docker's build cache leave free: a size, a share of the disk, or off",
    changesApps: false,
  },
  {
    key: 'schedule',
    scope: 'global',
    parse: parseSchedule,
    fallback: DEFAULT_SCHEDULE,
    summary: 'when caches are pruned to their limits: five fields of cron, or off',
    changesApps: false,
  },
  {
    key: 'nightly-prune',
    scope: 'global',
    parse: oneOf('nightly-prune', ...NIGHTLY_MODES),
    fallback: 'dokku',
    summary: "what Dokku's own prune of Docker's build cache at 04:05 does: budget, dokku or off",
    changesApps: false,
  },
]

const settings = makeSettings(SETTINGS)
export const { keysFor, effective, invalidValues, appRows, globalRows } = settings

/**
 * The property of a key, for an app or for all apps. Throws KnownError, with Dokku's message, if there
 * is none.
 */
export function settingFor(scope: 'app' | 'global', key: string | undefined): CacheSettingSpec {
  try {
    return settings.settingFor(scope, key)
  } catch (error) {
    const cache = /^(.+)-max-size$/.exec(key ?? '')?.[1]
    if (!(error instanceof KnownError) || !cache || !findCache(cache)) throw error
    throw new KnownError(error.message, {
      hint: `Run: dokku shared-cache:set --global cache-max-size ${cache}=SIZE`,
    })
  }
}

export interface AppSettings {
  readonly enabled: boolean
  readonly caches: readonly string[]
  /** '' for no group. */
  readonly group: string
  readonly layout: 'auto' | 'root' | 'neutral'
  readonly runAccess: 'rw' | 'ro' | 'off'
}

/** The settings of one app: its own values, else those for all apps, else the defaults. */
export function appSettings(app: Values, global: Values): AppSettings {
  const caches = effective('caches', app, global)
  return {
    enabled: effective('enabled', app, global) === 'true',
    caches: caches === 'none' ? [] : caches.split(','),
    group: effective('group', app, global),
    layout: effective('layout', app, global) as AppSettings['layout'],
    runAccess: effective('run-access', app, global) as AppSettings['runAccess'],
  }
}

/**
 * Whether builds of an app get the caches. `shared_cache_gives_builds` in the plugin's `functions`
 * decides the same without starting Node.
 */
export function givesBuilds(app: Values, global: Values): boolean {
  const value = (key: string) => effective(key, app, global)
  return value('enabled') === 'true' && value('build-caches') === 'auto'
}

/** The budget of the shared caches. */
export function cacheBudgetSettings(global: Values): BudgetSettings {
  const value = (key: string) => effective(key, {}, global)
  return {
    maxSize: value('max-size'),
    maxAge: value('max-age'),
    partMaxSize: value('cache-max-size'),
    minFree: value('min-free-space'),
  }
}

/** The budget of Docker's build cache. */
export function budgetSettings(global: Values): BudgetSettings {
  const value = (key: string) => effective(key, {}, global)
  return {
    maxSize: value('buildkit-max-size'),
    maxAge: value('buildkit-max-age'),
    partMaxSize: value('cache-mount-max-size'),
    minFree: value('min-free-space'),
  }
}
