import type { CacheProblem } from '../../directories/core/problems'
import { planFor } from '../../apps/host/apply'
import { applyAll, logPlans } from '../../apps/host/apply-all'
import { logDirectories, makeDirectories } from '../../apps/host/directories'
import { rememberSeen } from '../../apps/host/inspect'
import type { Server } from '../../apps/host/server'
import { prepareHost } from '../../setup/host/apply-host'
import type { Context } from '../../../foundation/cli/command'
import { KnownError } from '../../../foundation/core/errors'
import { callHelper } from '../../../foundation/helper/call'
import type { AppFacts } from '../core/apps'
import type { HostFacts } from '../core/findings'

/** Makes the directories of the caches as they should be. False where something is in the way or read-only. */
export async function fixDirectories(
  context: Context,
  problems: readonly CacheProblem[],
  caches: readonly string[],
): Promise<boolean> {
  if (problems.some(({ kind }) => kind === 'in the way')) {
    context.log.warn('Nothing was fixed: move what is in the way of a cache directory first')
    return false
  }
  if (problems.some(({ kind }) => kind === 'not writable')) {
    context.log.warn('Nothing was fixed: make the directories of the caches writable first')
    return false
  }
  logDirectories(context, problems)
  await makeDirectories(context, problems, caches)
  return true
}

/** Provides what Dockerfile builds need: CDI devices, and the frontend's image. */
export async function fixBuilds(context: Context, server: Server): Promise<void> {
  await prepareHost(context, server)
}

/** Deletes unreadable records, and plans their apps again. */
async function plansOf(server: Server, apps: readonly AppFacts[]) {
  const plans = apps.map(async ({ app, plan, damaged }) => {
    for (const key of damaged) await server.dokku.properties.unset(app, key)
    return damaged.length > 0 ? planFor(server, app) : plan
  })
  return (await Promise.all(plans)).filter((plan) => plan !== null)
}

/** Gives apps the mounts and variables of their plans. */
export async function fixApps(
  context: Context,
  server: Server,
  apps: readonly AppFacts[],
): Promise<void> {
  await rememberSeen(server, server.seen ?? new Map())
  const plans = await plansOf(
    server,
    apps.filter(({ inProgress }) => !inProgress),
  )
  logPlans(context, plans)
  await applyAll(context, server, plans)
}

/** Writes a rule to Docker's `daemon.json` that allows the build cache to keep what the budgets keep. */
export async function fixGc(context: Context, gc: NonNullable<HostFacts['gc']>): Promise<void> {
  const { maxBytes, minFree, diskBytes } = gc.budgets
  const sizes = [maxBytes ?? diskBytes, minFree ?? 0].map(String)
  try {
    const { stdout } = await callHelper(context, 'write', ['gc', gc.engine, ...sizes])
    const { copy } = JSON.parse(stdout) as { copy: string | null }
    context.log.heading(
      "A rule for the build cache was written to Docker's daemon.json: restart Docker to apply it",
    )
    if (copy) context.log.detail(`The former file is ${copy}`)
  } catch (error) {
    // The other fixes are done, and the second check reports what could not be fixed.
    if (!(error instanceof KnownError)) throw error
    context.log.warn(error.message)
  }
}
