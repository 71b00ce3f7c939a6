import { KnownError } from '../../foundation/core/errors'
import type { Server } from '../apps/host/server'
import { rememberSeen } from '../apps/host/inspect'
import { applyAll, planAll, tellPlan } from '../apps/host/apply-all'
import { ensureDirectories } from '../apps/host/directories'
import { inspectImages } from '../apps/host/inspect-all'
import { chooseApps, isSetUp, openServer } from '../apps/host/server'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'

export interface EnableOptions extends CommonOptions {
  readonly all?: boolean
  readonly dryRun?: boolean
}

async function choose(server: Server, named: readonly string[], options: EnableOptions) {
  if (named.length === 0 && !options.all) {
    throw new KnownError('Please specify an app to run the command on', {
      hint: 'Name apps, or say --all for all of them.',
    })
  }
  return chooseApps(server, named, options.all ?? false)
}

/** Brings apps to what their settings say, tells every change, and gives back the exit code. */
export async function settle(
  context: Context,
  server: Server,
  apps: readonly string[],
  dryRun: boolean,
): Promise<number> {
  const planned = await planAll(context, server, apps)
  for (const plan of planned.plans) tellPlan(context, plan)
  if (planned.plans.every((plan) => plan.steps.length === 0)) context.log.step('Nothing to change')
  if (dryRun) return planned.failed.length > 0 ? 1 : 0
  await ensureDirectories(context, server, apps)
  await rememberSeen(server, server.seen ?? new Map())
  const applied = await applyAll(context, server, planned.plans)
  return planned.failed.length + applied.failed.length > 0 ? 1 : 0
}

/**
 * Writes `enabled` for apps, then brings them to it. The setting first: a run that is killed in
 * between is completed by the next, whichever command that is.
 */
async function switchApps(
  context: Context,
  named: readonly string[],
  options: EnableOptions,
  enabled: boolean,
): Promise<number> {
  const server = openServer(context)
  const apps = await choose(server, named, options)
  if (enabled && !isSetUp(server)) {
    throw new KnownError('The shared caches are not set up yet', {
      hint: 'Run `dokku shared-cache:setup`: it makes them and gives them to every app.',
    })
  }
  for (const app of apps) {
    context.log.step(`${enabled ? 'Enabling' : 'Disabling'} the shared caches for ${app}`)
    if (options.dryRun) continue
    if (enabled) await server.dokku.properties.unset(app, 'enabled')
    else await server.dokku.properties.set(app, 'enabled', 'false')
  }
  const now = { ...server, assumed: { enabled: String(enabled) } }
  // Deploys of an app that was left out were not looked at.
  const looked = enabled ? await inspectImages(context, now, apps) : now
  return settle(context, looked, apps, options.dryRun ?? false)
}

/** Gives the caches back to apps that were left out. */
export const enable: Command<EnableOptions, readonly [string[]]> = (context, options, apps) =>
  switchApps(context, apps, options, true)

/** Takes away from apps exactly what they were given. The caches themselves stay. */
export const disable: Command<EnableOptions, readonly [string[]]> = async (
  context,
  options,
  apps,
) => {
  const exit = await switchApps(context, apps, options, false)
  if (options.all && !options.dryRun) {
    context.log.detail('New apps get the caches all the same; to stop that:')
    context.log.detail('dokku shared-cache:set --global auto-enable false')
  }
  return exit
}
