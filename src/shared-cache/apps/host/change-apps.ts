import type { Context } from '../../../foundation/cli/command'
import type { AppPlan } from '../core/plan'
import { applyAll, logPlans, warnOfFailures } from './apply-all'
import { cachesFor, checkDirectories, logDirectories, makeDirectories } from './directories'
import { rememberSeen } from './inspect'
import { planApps } from './plan-apps'
import type { Server } from './server'

export interface ChangeOptions {
  readonly dryRun: boolean
  /** Whether to inspect images first: needed if an app may get a cache. */
  readonly images: boolean
}

const MOST_NAMES = 3

function showUnchanged({ log }: Context, plans: readonly AppPlan[]): void {
  const isUnchanged = ({ steps, state }: AppPlan) =>
    steps.length === 0 && state !== 'other-scheduler'
  const apps = plans.filter(isUnchanged).map(({ app }) => app)
  if (apps.length === 0) return
  log.step(
    `Nothing to change: ${apps.length > MOST_NAMES ? `${apps.length} apps` : apps.join(', ')}`,
  )
}

/**
 * Plans apps by their properties, shows the plans and applies them, with the directories that they
 * need. Returns the exit code: 1 if an app failed.
 */
export async function changeApps(
  context: Context,
  opened: Server,
  apps: readonly string[],
  { dryRun, images }: ChangeOptions,
): Promise<number> {
  const { server, plans, failures } = await planApps(context, opened, apps, { images })
  // Apps that get nothing need no directories: they lose their caches on a broken disk too.
  const names = plans.some(({ state }) => state === 'enabled') ? cachesFor(server, apps) : []
  const directories = await checkDirectories(context, names)

  logDirectories(context, directories)
  logPlans(context, plans)
  showUnchanged(context, plans)
  warnOfFailures(context, failures)
  if (dryRun) return failures.length > 0 ? 1 : 0
  await makeDirectories(context, directories, names)
  await rememberSeen(server, server.seen ?? new Map())
  const failed = await applyAll(context, server, plans, 'looked at')
  return failures.length + failed.length > 0 ? 1 : 0
}
