import { type AppState, WITHOUT_VARIABLES_KEY } from '../core/app'
import { parseGiven, parseSeen } from '../core/record'
import { appSettings } from '../../properties/core/properties'
import type { Server } from './server'

/** Dokku's data of one app: two processes of a few milliseconds, in parallel. */
type Asked = Pick<AppState, 'mounts' | 'env' | 'globalEnv'>

/** Reads one app from Dokku. Throws KnownError for an unknown one. */
export async function askDokku({ dokku, globalEnv: all }: Server, app: string): Promise<Asked> {
  const [mounts, env, globalEnv] = await Promise.all([dokku.mounts(app), dokku.env(app), all()])
  return { mounts, env, globalEnv }
}

const USER_OPTION = /(^|\s)(-u|--user)[=\s]/

/**
 * The state of one app. `asked` is Dokku's data if it was read before. Only an app that may get the
 * layout `root` needs another process. Throws KnownError for an unknown app and for a damaged record.
 */
export async function readAppState(
  server: Server,
  app: string,
  builder = '',
  asked = askDokku(server, app),
): Promise<AppState> {
  const { dokku } = server
  const values = { ...dokku.properties.all(app), ...server.assumed }
  const seen = server.seen?.get(app) ?? parseSeen(app, values['seen'])
  const [said, options] = await Promise.all([
    asked,
    seen?.processes === 'root' ? dokku.deployOptions(app) : '',
  ])
  return {
    app,
    settings: appSettings(values, server.settings),
    scheduler: dokku.scheduler(app),
    ...said,
    ...parseGiven(app, values['given']),
    seen,
    builder,
    userOption: USER_OPTION.test(options),
    withoutVariables: (values[WITHOUT_VARIABLES_KEY] ?? '').split(' ').filter(Boolean),
  }
}
