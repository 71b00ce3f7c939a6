import type { AppState, Seen } from '../core/app'
import { parseGiven, parseSeen } from '../core/record'
import { type Values, appSettings } from '../../settings/core/settings'
import type { Dokku } from '../../../foundation/dokku/dokku'

/** What is the same for all apps of a run, read once. */
export interface Common {
  readonly settings: Values
  /** Variables of all apps: a process, for those who ask for them. */
  readonly env: () => Promise<Readonly<Record<string, string>>>
  /** What has just been seen of apps, newer than their records. */
  readonly seen?: ReadonlyMap<string, Seen>
  /** Settings that a dry run takes for granted, over those of the apps. */
  readonly assumed?: Values
}

export function readCommon(dokku: Dokku): Common {
  let asked: Promise<Record<string, string>> | undefined
  return {
    settings: dokku.properties.all('--global'),
    env: () => (asked ??= dokku.env('--global')),
  }
}

/** What Dokku says of one app: two processes of a few milliseconds at once. */
type Asked = Pick<AppState, 'mounts' | 'env' | 'globalEnv'>

/** Asks Dokku of one app. Throws KnownError for an unknown one. */
export async function askDokku(dokku: Dokku, common: Common, app: string): Promise<Asked> {
  const [mounts, env, globalEnv] = await Promise.all([
    dokku.mounts(app),
    dokku.env(app),
    common.env(),
  ])
  return { mounts, env, globalEnv }
}

const USER_OPTION = /(^|\s)(-u|--user)[=\s]/

/**
 * The state of one app, of what Dokku has been asked where that is known. Costs another process only for
 * an app that may be given the layout of root. Throws KnownError for an unknown app and for a damaged
 * record.
 */
export async function readAppState(
  dokku: Dokku,
  common: Common,
  app: string,
  builder = '',
  asked = askDokku(dokku, common, app),
): Promise<AppState> {
  const values = { ...dokku.properties.all(app), ...common.assumed }
  const seen = common.seen?.get(app) ?? parseSeen(app, values['seen'])
  const [said, options] = await Promise.all([
    asked,
    seen?.processes === 'root' ? dokku.deployOptions(app) : '',
  ])
  return {
    app,
    settings: appSettings(values, common.settings),
    scheduler: dokku.scheduler(app),
    ...said,
    ...parseGiven(app, values['given']),
    seen,
    builder,
    userOption: USER_OPTION.test(options),
  }
}
