import type { AppState, Seen } from '../../core/apps/app'
import { parseGiven, parseSeen } from '../../core/apps/record'
import { type Values, appSettings } from '../../core/settings'
import type { Dokku } from './dokku'

/** What is the same for all apps of a run, read once. */
export interface Common {
  readonly settings: Values
  readonly env: Readonly<Record<string, string>>
  /** What has just been seen of apps, newer than their records. */
  readonly seen?: ReadonlyMap<string, Seen>
  /** Settings that a dry run takes for granted, over those of the apps. */
  readonly assumed?: Values
}

export async function readCommon(dokku: Dokku): Promise<Common> {
  return { settings: dokku.properties.all('--global'), env: await dokku.env('--global') }
}

const USER_OPTION = /(^|\s)(-u|--user)[=\s]/

/**
 * The state of one app. Costs two processes of a few milliseconds, a third only for an app that may
 * be given the layout of root. Throws KnownError for an unknown app and for a damaged record.
 */
export async function readAppState(
  dokku: Dokku,
  common: Common,
  app: string,
  builder = '',
): Promise<AppState> {
  const values = { ...dokku.properties.all(app), ...common.assumed }
  const seen = common.seen?.get(app) ?? parseSeen(app, values['seen'])
  const [mounts, env, options] = await Promise.all([
    dokku.mounts(app),
    dokku.env(app),
    seen?.processes === 'root' ? dokku.deployOptions(app) : '',
  ])
  return {
    app,
    settings: appSettings(values, common.settings),
    scheduler: dokku.scheduler(app),
    mounts,
    env,
    globalEnv: common.env,
    ...parseGiven(app, values['given']),
    seen,
    builder,
    userOption: USER_OPTION.test(options),
  }
}
