import { noSuchApp } from '../../foundation/core/errors'
import { sortRows } from '../../foundation/core/properties'
import type { Context } from '../../foundation/cli/command'
import { printRows, readReportWords } from '../../foundation/cli/report'
import type { Values } from '../../foundation/core/properties'
import type { Unusable } from '../directories/core/usable'
import { unusableCaches } from '../directories/host/usable'
import { appSettings, globalRows } from '../properties/core/properties'
import { type Server, isSetUp, openServer } from '../apps/host/server'
import { appReport, appRows } from './core/app-report'
import { appReportLines } from './app-text'

/** The requested report: arguments and options of a command line. */
export interface AppsRequest {
  /** Names of apps, and at most one flag such as `--shared-cache-caches`. */
  readonly words: readonly string[]
  readonly global: boolean
  readonly format: string
}

/** Caches of an app whose directories are not right, so that builds do not get them. */
function unusableOf(server: Server, values: Values): Promise<readonly Unusable[]> {
  const { enabled, caches, group } = appSettings(values, server.settings)
  return unusableCaches(server, group, enabled && isSetUp(server) ? caches : [])
}

/** Shows one app to a person. Reads properties, and looks at the directories of the caches. */
export async function showApp({ log }: Context, server: Server, app: string): Promise<void> {
  const values = server.dokku.properties.all(app)
  const { settings, platform } = server
  const unusable = await unusableOf(server, values)
  const report = appReport(
    app,
    values,
    settings,
    platform.hostRoot,
    unusable,
    server.dokku.scheduler(app),
  )
  log.heading(`${app} shared-cache information`)
  for (const line of appReportLines(report)) log.detail(line)
}

/**
 * Reports on one app or on all, from properties and a look at the directories of the caches. With `global` the value of a flag for all
 * apps is printed. Throws KnownError with exit code 20 for an app that does not exist.
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
    if (flag === undefined && request.format === 'stdout') {
      await showApp(context, server, name)
      continue
    }
    const values = server.dokku.properties.all(name)
    const rows = appRows(name, values, server.settings, await unusableOf(server, values))
    printRows(context, rows, flag)
  }
  return 0
}
