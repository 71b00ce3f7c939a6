import { KnownError } from '../../foundation/core/errors'
import type { Site } from '../apps/host/apply'
import { rememberSeen } from '../apps/host/inspect'
import { applyAll, planAll, tellPlan } from '../apps/host/apply-all'
import { ensureDirectories } from '../apps/host/directories'
import { lookAtImages } from '../apps/host/inspect-all'
import { chooseApps, isSetUp, openSite } from '../apps/host/context'
import type { Command, CommonOptions, World } from '../../foundation/cli/command'

export interface EnableOptions extends CommonOptions {
  readonly all?: boolean
  readonly dryRun?: boolean
}

async function choose(site: Site, named: readonly string[], options: EnableOptions) {
  if (named.length === 0 && !options.all) {
    throw new KnownError('Please specify an app to run the command on', {
      hint: 'Name apps, or say --all for all of them.',
    })
  }
  return chooseApps(site, named, options.all ?? false)
}

/** Brings apps to what their settings say, tells every change, and gives back the exit code. */
export async function settle(
  world: World,
  site: Site,
  apps: readonly string[],
  dryRun: boolean,
): Promise<number> {
  const planned = await planAll(world, site, apps)
  for (const plan of planned.plans) tellPlan(world, plan)
  if (planned.plans.every((plan) => plan.steps.length === 0)) world.log.step('Nothing to change')
  if (dryRun) return planned.failed.length > 0 ? 1 : 0
  await ensureDirectories(world, site, apps)
  await rememberSeen(site, site.common.seen ?? new Map())
  const applied = await applyAll(world, site, planned.plans)
  return planned.failed.length + applied.failed.length > 0 ? 1 : 0
}

/**
 * Writes `enabled` for apps, then brings them to it. The setting first: a run that is killed in
 * between is completed by the next, whichever command that is.
 */
async function switchApps(
  world: World,
  named: readonly string[],
  options: EnableOptions,
  enabled: boolean,
): Promise<number> {
  const site = openSite(world)
  const apps = await choose(site, named, options)
  if (enabled && !isSetUp(site)) {
    throw new KnownError('The shared caches are not set up yet', {
      hint: 'Run `dokku shared-cache:setup`: it makes them and gives them to every app.',
    })
  }
  for (const app of apps) {
    world.log.step(`${enabled ? 'Enabling' : 'Disabling'} the shared caches for ${app}`)
    if (options.dryRun) continue
    if (enabled) await site.dokku.properties.unset(app, 'enabled')
    else await site.dokku.properties.set(app, 'enabled', 'false')
  }
  const common = { ...site.common, assumed: { enabled: String(enabled) } }
  const now = { ...site, common }
  // Deploys of an app that was left out were not looked at.
  const looked = enabled ? await lookAtImages(world, now, apps) : now
  return settle(world, looked, apps, options.dryRun ?? false)
}

/** Gives the caches back to apps that were left out. */
export const enable: Command<EnableOptions, readonly [string[]]> = (world, options, apps) =>
  switchApps(world, apps, options, true)

/** Takes away from apps exactly what they were given. The caches themselves stay. */
export const disable: Command<EnableOptions, readonly [string[]]> = async (
  world,
  options,
  apps,
) => {
  const exit = await switchApps(world, apps, options, false)
  if (options.all && !options.dryRun) {
    world.log.detail('New apps get the caches all the same; to stop that:')
    world.log.detail('dokku shared-cache:set --global auto-enable false')
  }
  return exit
}
