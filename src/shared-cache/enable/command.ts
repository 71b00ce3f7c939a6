import { KnownError } from '../../foundation/core/errors'
import { changeApps } from '../apps/host/change-apps'
import { forgetBuilds, hasRecords } from '../build-records/host/record'
import { type Server, chooseApps, isSetUp, openServer } from '../apps/host/server'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'

export interface EnableOptions extends CommonOptions {
  readonly all?: boolean
  readonly dryRun?: boolean
}

async function choose(
  server: Server,
  named: readonly string[],
  { all = false }: EnableOptions,
): Promise<readonly string[]> {
  if (named.length === 0 && !all) {
    throw new KnownError('Please specify an app to run the command on', {
      hint: 'Name apps, or use --all for all apps.',
    })
  }
  return chooseApps(server, named, all)
}

async function setEnabled(server: Server, app: string, enabled: boolean): Promise<void> {
  const { properties } = server.dokku
  if (enabled) await properties.unset(app, 'enabled')
  else await properties.set(app, 'enabled', 'false')
}

/**
 * Sets the property `enabled` of apps, then changes the apps. The property is written first, so that
 * the next run of any command completes a killed one.
 */
async function switchApps(
  context: Context,
  server: Server,
  apps: readonly string[],
  { enabled, dryRun }: { readonly enabled: boolean; readonly dryRun: boolean },
): Promise<number> {
  if (!dryRun) for (const app of apps) await setEnabled(server, app, enabled)
  const planned = dryRun ? { ...server, assumed: { enabled: String(enabled) } } : server
  // Deploys of excluded apps are not inspected, so inspect their images now.
  return changeApps(context, planned, apps, { dryRun, images: enabled })
}

/** Gives the shared caches to apps that were excluded, and to builds that failed with them. */
export const enable: Command<EnableOptions, readonly [string[]]> = async (
  context,
  options,
  named,
) => {
  const server = openServer(context)
  const apps = await choose(server, named, options)
  if (!isSetUp(server)) {
    throw new KnownError('The shared caches are not set up yet', {
      hint: 'Run: dokku shared-cache:setup',
    })
  }
  const dryRun = options.dryRun ?? false
  for (const app of apps) {
    const had = dryRun ? hasRecords(server, app) : await forgetBuilds(server, app)
    if (had) context.log.detail(`The next build of ${app} uses the caches again`)
  }
  return switchApps(context, server, apps, { enabled: true, dryRun })
}

/** Excludes apps: removes exactly what this plugin gave them. The caches are kept. */
export const disable: Command<EnableOptions, readonly [string[]]> = async (
  context,
  options,
  named,
) => {
  const { all = false, dryRun = false } = options
  const server = openServer(context)
  const apps = await choose(server, named, options)
  const exit = await switchApps(context, server, apps, { enabled: false, dryRun })
  if (all && !dryRun) {
    context.log.detail('New apps will still get the caches. To stop that:')
    context.log.detail('dokku shared-cache:set --global auto-enable false')
  }
  return exit
}
