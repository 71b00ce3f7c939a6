import { applyAll, logPlans, warnOfFailures } from '../apps/host/apply-all'
import {
  cachesFor,
  checkDirectories,
  logDirectories,
  makeDirectories,
  warnOfUnfixable,
} from '../apps/host/directories'
import { rememberSeen } from '../apps/host/inspect'
import { type AppFailure, planApps } from '../apps/host/plan-apps'
import { type Server, chooseApps, isSetUp, markSetUp, openServer } from '../apps/host/server'
import { planData } from '../apps/text'
import { isFixable } from '../directories/core/problems'
import { checkFormat } from '../../foundation/cli/format'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'
import { KnownError } from '../../foundation/core/errors'
import { spaceProblem } from '../../foundation/files/disk'
import { planHost } from './core/host-steps'
import { type SetupPlan, changesAnything, changesCaches, excludedApps } from './core/plan'
import { type HostResult, applySteps, checkBuilds, warnOfHost } from './host/apply-host'
import { inspectHost } from './host/inspect-host'
import { rebuildApps } from './host/rebuild'
import { showSummary } from './host/summary'
import { localSetup } from './local'
import { logHostSteps } from './text'

export interface SetupOptions extends CommonOptions {
  readonly all?: boolean
  readonly dryRun?: boolean
  readonly rebuild?: boolean
  readonly caches?: string
  readonly format: string
}

/** The facts and decisions of setup. */
interface Planned {
  readonly server: Server
  readonly apps: readonly string[]
  /** Names of the cache directories. */
  readonly names: readonly string[]
  readonly plan: SetupPlan
  readonly failures: readonly AppFailure[]
}

/** The result of applying a plan. */
interface Applied extends HostResult {
  readonly failures: readonly AppFailure[]
}

const NOTHING_APPLIED: Applied = { failed: [], builds: null, failures: [] }

/** Inspects the server and decides everything that setup will do. Changes nothing. */
async function planSetup(
  context: Context,
  named: readonly string[],
  all: boolean,
): Promise<Planned> {
  const opened = openServer(context)
  const apps = await chooseApps(opened, named, all)
  const { server, plans, failures } = await planApps(context, opened, apps, { images: true })
  const caches = cachesFor(server, apps)
  const names = [...new Set([...caches, ...plans.flatMap(({ directories }) => directories)])]
  const directories = await checkDirectories(context, names)
  const host = planHost(await inspectHost(context, server, caches, plans))
  return { server, apps, names, plan: { directories, host, apps: plans }, failures }
}

function showPlan(context: Context, { plan, failures }: Planned, isNamed: boolean): void {
  const { log } = context
  logDirectories(context, plan.directories)
  logHostSteps(log, plan.host.steps)
  logPlans(context, plan.apps)
  warnOfFailures(context, failures)
  const excluded = excludedApps(plan)
  if (excluded.length > 0) {
    log.step(`Excluded from the shared caches: ${excluded.join(', ')}`)
    log.detail(`To include: dokku shared-cache:enable ${isNamed ? excluded.join(' ') : 'APP'}`)
  }
  const isEverythingExcluded = excluded.length > 0 && excluded.length === plan.apps.length
  if (!changesAnything(plan) && failures.length === 0 && !isEverythingExcluded) {
    log.step('Everything is set up: nothing to change')
  }
}

/** Applies a plan. A killed run is completed by the next one. */
async function applySetup(context: Context, { server, names, plan }: Planned): Promise<Applied> {
  const isEarly = (step: { readonly kind: string }) => step.kind === 'crontab'
  const { steps, builds } = plan.host
  await makeDirectories(context, plan.directories, names)
  // From now on new apps get caches. Before the existing apps, so that a killed run misses no app.
  if (!isSetUp(server)) await markSetUp(server, context.now())
  const early = await applySteps(context, server, steps.filter(isEarly))
  await rememberSeen(server, server.seen ?? new Map())
  const failures = await applyAll(context, server, plan.apps)
  const late = await applySteps(
    context,
    server,
    steps.filter((step) => !isEarly(step)),
  )
  const failed = [...early, ...late]
  return { failures, failed, builds: builds ?? (await checkBuilds(context, server, failed)) }
}

function printJson(
  { log, platform }: Context,
  { plan, failures }: Planned,
  applied: Applied,
  dryRun: boolean,
): void {
  const done = plan.host.steps.filter((step) => !applied.failed.some((one) => one.step === step))
  const document = {
    version: 1,
    dryRun,
    root: platform.root,
    changed: done.length > 0 || changesCaches(plan),
    directories: plan.directories,
    host: plan.host.steps,
    builds: dryRun ? plan.host.builds : applied.builds,
    apps: plan.apps.map(planData),
    failed: [...failures, ...applied.failures].map(({ app }) => app),
  }
  log.plain(JSON.stringify(document))
}

function warnOfSpace({ log }: Context, problem: string): void {
  log.warn(`Builds do not use the shared caches: ${problem}`)
  log.warn('To fix: free some space, for example with dokku shared-cache:prune')
}

/** Shows what setup came to. Problems come last: nobody misses them there. */
async function showResult(context: Context, planned: Planned, applied: Applied): Promise<void> {
  const { plan, server } = planned
  const isOnlyFailed = plan.host.steps.every((step) =>
    applied.failed.some((one) => one.step === step),
  )
  const space = await spaceProblem(server.platform.root)
  // No build would use the caches: that is no success.
  if (space !== null) warnOfSpace(context, space)
  else if (changesCaches(plan) || !isOnlyFailed) await showSummary(context, server, plan)
  else if (plan.host.steps.length > 0)
    context.log.step('Everything else is set up: nothing to change')
}

/**
 * Makes the shared caches and gives them to apps. The whole plan is shown first and then applied: only
 * what is missing or different. Nothing restarts. Exits with 1 if an app failed.
 */
export const setup: Command<SetupOptions, readonly [string[]]> = async (
  context,
  options,
  named,
) => {
  checkFormat(options.format, 'stdout', 'json')
  if (context.platform.kind === 'local') return localSetup(context, options, named)
  if (options.caches !== undefined) {
    throw new KnownError('--caches is for machines without Dokku', {
      hint: `On this server: dokku shared-cache:set --global caches ${options.caches}`,
    })
  }
  const { dryRun = false, rebuild = false } = options
  const json = options.format === 'json'

  const planned = await planSetup(context, named, options.all || named.length === 0)
  if (!json) showPlan(context, planned, named.length > 0)
  else warnOfFailures(context, planned.failures)
  const applied = dryRun ? NOTHING_APPLIED : await applySetup(context, planned)
  if (json) printJson(context, planned, applied, dryRun)
  else if (!dryRun) await showResult(context, planned, applied)
  const rebuilt = !dryRun && rebuild ? await rebuildApps(context, planned.apps) : []
  if (dryRun)
    warnOfUnfixable(
      context,
      planned.plan.directories.filter((one) => !isFixable(one)),
    )
  warnOfHost(context, dryRun ? { failed: [], builds: planned.plan.host.builds } : applied)
  return planned.failures.length + applied.failures.length + rebuilt.length > 0 ? 1 : 0
}
