import { noSuchApp } from '../../foundation/core/errors'
import { sortRows } from '../../foundation/core/properties'
import type { Context } from '../../foundation/cli/command'
import { printRows, readReportWords } from '../../foundation/cli/report'
import { globalRows } from '../properties/core/properties'
import { type Server, openServer } from '../apps/host/server'
import { appReport, appRows } from './core/app-report'
import { appReportLines } from './app-text'

/** The requested report: arguments and options of a command line. */
export interface AppsRequest {
  /** Names of apps, and at most one flag such as `--shared-cache-caches`. */
  readonly words: readonly string[]
  readonly global: boolean
  readonly format: string
}

/** Shows one app to a person. Reads only properties. */
export function showApp({ log }: Context, server: Server, app: string): void {
  const values = server.dokku.properties.all(app)
  const report = appReport(app, values, server.settings, server.platform.hostRoot)
  log.heading(`${app} shared-cache information`)
  for (const line of appReportLines(report)) log.detail(line)
}

/**
 * Reports on one app or all apps, from properties alone. With `global` the value of a flag for all apps
 * is printed. Throws KnownError with exit code 20 for an app that does not exist.
 */
export async function reportApps(context: Context, request: AppsRequest): Promise<number> {
  const { app, flag } = readReportWords(request.words, context.platform.plugin.name)
  const server = openServer(context)
  if (request.global) {
    printRows(context, sortRows(globalRows(server.settings)), flag)
    return 0
  }
  const all = await server.dokku.apps()
  if (app !== undefined && !all.includes(app)) throw noSuchApp(app)
  for (const name of app === undefined ? all : [app]) {
    if (flag === undefined && request.format === 'stdout') showApp(context, server, name)
    else printRows(context, appRows(name, server.dokku.properties.all(name), server.settings), flag)
  }
  return 0
}
