import type { Command, CommonOptions, Context } from '../../foundation/cli/command'
import { showFindings } from '../../foundation/cli/findings'
import { checkFormat } from '../../foundation/cli/format'
import { EXIT } from '../../foundation/core/errors'
import { oneOrAllApps } from '../../foundation/dokku/open'
import { formatBytes } from '../../foundation/output/units'
import { makeUsageStore } from '../usage/host/store'
import { openVolumes } from '../volumes/host/server'
import { checkAll } from './core/checks'
import { fixVolumes } from './host/fix'
import { inspectHost } from './host/inspect'

export interface DoctorOptions extends CommonOptions {
  readonly fix?: boolean
  readonly format: string
}

/** With JSON only the findings go to stdout, not the changes of `--fix`. */
function withoutProgress(context: Context): Context {
  const nothing = () => undefined
  return { ...context, log: { ...context.log, step: nothing, heading: nothing, detail: nothing } }
}

/**
 * Checks this host, and the volumes and mounts of one app or all apps. With `--fix` it makes the volumes
 * what their records say, and checks again. Exits with 1 if something is wrong.
 */
export const doctor: Command<DoctorOptions, readonly [string | undefined]> = async (
  context,
  options,
  app,
) => {
  checkFormat(options.format, 'stdout', 'json')
  const server = openVolumes(context)
  const apps = await oneOrAllApps(server.dokku, app)
  if (options.fix) {
    const quiet = options.format === 'json' ? withoutProgress(context) : context
    await fixVolumes(quiet, server, apps)
  }
  const usage = makeUsageStore(server.platform.root)
  const sizeOf = (entry: string) => usage.get(entry).at(-1)?.bytes ?? null
  const facts = await inspectHost(context, server, apps, sizeOf)
  return showFindings(context, checkAll(facts, formatBytes), options.format)
    ? EXIT.ok
    : EXIT.failure
}
