import { type SettingSpec, type Values, makeSettings } from '../../../foundation/core/settings'
import {
  type BudgetSettings,
  parseAmount,
  parseMaxAge,
  parsePartSizes,
} from '../../budgets/core/budgets'
import { canonicalCache } from '../../budgets/core/cache-budgets'
import { DEFAULT_CACHES, findCache } from '../../catalogue/core/catalogue'
import { FRONTEND } from './frontend'
import { KnownError } from '../../../foundation/core/errors'
import { parseGroup } from '../../catalogue/core/group'
import { NIGHTLY_MODES } from '../../buildkit/core/nightly'
import { DEFAULT_SCHEDULE, parseSchedule } from '../../../foundation/core/schedule'
import { oneOf, parseBoolean } from '../../../foundation/core/setting-values'
import { parseCaches, parseCopySize, parseFrontend } from './values'

/** A property of shared-cache. */
export interface CacheSettingSpec extends SettingSpec {
  /** Whether mounts and variables of apps follow from it. */
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
    summary: 'apps that share caches of their own',
    changesApps: true,
  },
  {
    key: 'auto-enable',
    scope: 'global',
    parse: parseBoolean('auto-enable'),
    fallback: 'true',
    summary: 'whether new apps get the shared caches',
    changesApps: false,
  },
  {
    key: 'caches',
    scope: 'both',
    parse: parseCaches,
    fallback: DEFAULT_CACHES.join(','),
    summary: 'which caches: names, or default, all, none',
    changesApps: true,
  },
  {
    key: 'layout',
    scope: 'both',
    parse: oneOf('layout', 'auto', 'root', 'neutral'),
    fallback: 'auto',
    summary: 'where containers see the caches',
    changesApps: true,
  },
  {
    key: 'run-access',
    scope: 'both',
    parse: oneOf('run-access', 'rw', 'ro', 'off'),
    fallback: 'rw',
    summary: 'what a running container may do with the caches',
    changesApps: true,
  },
  {
    key: 'build-caches',
    scope: 'both',
    parse: oneOf('build-caches', 'auto', 'off'),
    fallback: 'auto',
    summary: 'whether steps of a Dockerfile get the caches, where the Engine can give them',
    changesApps: false,
  },
  {
    key: 'cache-mounts',
    scope: 'both',
    parse: oneOf('cache-mounts', 'known', 'all'),
    fallback: 'known',
    summary: 'which cache mounts of a Dockerfile move: those of package managers, or all',
    changesApps: false,
  },
  {
    key: 'image-copy-max-size',
    scope: 'both',
    parse: parseCopySize,
    fallback: '4GB',
    summary: 'how much of what an image holds is copied where a mount would hide it: a size, off',
    changesApps: false,
  },
  {
    key: 'frontend',
    scope: 'global',
    parse: parseFrontend,
    fallback: FRONTEND,
    summary: 'the Dockerfile frontend that gives steps devices: an image, by digest if you like',
    changesApps: false,
  },
  {
    key: 'max-size',
    scope: 'global',
    parse: parseAmount,
    fallback: '20%',
    summary: 'what all shared caches may hold together: a size, a share of their disk, off',
    changesApps: false,
  },
  {
    key: 'max-age',
    scope: 'global',
    parse: parseMaxAge,
    fallback: 'off',
    summary: 'how long they keep what nobody uses: an age, off',
    changesApps: false,
  },
  {
    key: 'cache-max-size',
    scope: 'global',
    parse: (value) => parsePartSizes(value, canonicalCache),
    fallback: 'off',
    summary: 'what one shared cache may hold: a size for each, npm=5GB for single ones, off',
    changesApps: false,
  },
  {
    key: 'buildkit-max-size',
    scope: 'global',
    parse: parseAmount,
    fallback: '20%',
    summary: "what Docker's build cache may hold: a size, a share of its disk, off",
    changesApps: false,
  },
  {
    key: 'buildkit-max-age',
    scope: 'global',
    parse: parseMaxAge,
    fallback: 'off',
    summary: "how long Docker's build cache keeps what nobody uses: an age, off",
    changesApps: false,
  },
  {
    key: 'cache-mount-max-size',
    scope: 'global',
    parse: (value) => parsePartSizes(value),
    fallback: 'off',
    summary: 'what one cache mount may hold: a size for each, ID=SIZE for single ones, off',
    changesApps: false,
  },
  {
    key: 'min-free-space',
    scope: 'global',
    parse: parseAmount,
    fallback: '10%',
    summary:
      "what the caches and Docker's build cache leave free: a size, a share of the disk, off",
    changesApps: false,
  },
  {
    key: 'schedule',
    scope: 'global',
    parse: parseSchedule,
    fallback: DEFAULT_SCHEDULE,
    summary: 'when budgets are kept: five fields of cron, or off',
    changesApps: false,
  },
  {
    key: 'nightly-prune',
    scope: 'global',
    parse: oneOf('nightly-prune', ...NIGHTLY_MODES),
    fallback: 'dokku',
    summary: "what Dokku's prune of Docker's build cache at 04:05 does: budget, dokku, off",
    changesApps: false,
  },
]

const settings = makeSettings(SETTINGS)
export const { keysFor, effective, invalidValues, appRows, globalRows } = settings

/** The row of a key for an app or for all. Throws KnownError in Dokku's words when there is none. */
export function settingFor(scope: 'app' | 'global', key: string | undefined): CacheSettingSpec {
  try {
    return settings.settingFor(scope, key)
  } catch (error) {
    const cache = /^(.+)-max-size$/.exec(key ?? '')?.[1]
    if (!(error instanceof KnownError) || !cache || !findCache(cache)) throw error
    throw new KnownError(error.message, { hint: `Set cache-max-size to ${cache}=SIZE` })
  }
}

export interface AppSettings {
  readonly enabled: boolean
  readonly caches: readonly string[]
  /** '' for the apps that are in none. */
  readonly group: string
  readonly layout: 'auto' | 'root' | 'neutral'
  readonly runAccess: 'rw' | 'ro' | 'off'
}

/** The settings of one app, with what is set for all and the defaults behind them. */
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
 * Whether builds of an app are to have the caches. `shared_cache_gives_builds` in `plugin/functions`
 * says the same for the script that starts no Node.
 */
export function givesBuilds(app: Values, global: Values): boolean {
  const value = (key: string) => effective(key, app, global)
  return value('enabled') === 'true' && value('build-caches') === 'auto'
}

/** What the host may spend on the shared caches. */
export function cacheBudgetSettings(global: Values): BudgetSettings {
  const value = (key: string) => effective(key, {}, global)
  return {
    maxSize: value('max-size'),
    maxAge: value('max-age'),
    partMaxSize: value('cache-max-size'),
    minFree: value('min-free-space'),
  }
}

/** What the host may spend on Docker's build cache. */
export function budgetSettings(global: Values): BudgetSettings {
  const value = (key: string) => effective(key, {}, global)
  return {
    maxSize: value('buildkit-max-size'),
    maxAge: value('buildkit-max-age'),
    partMaxSize: value('cache-mount-max-size'),
    minFree: value('min-free-space'),
  }
}
