import type { AppPlan } from '../apps/core/plan'
import { resolveBudgets } from '../budgets/core/budgets'
import { KnownError } from '../../foundation/core/errors'
import type { CacheProblem } from '../directories/core/requirements'
import { budgetSettings, cacheBudgetSettings } from '../settings/core/settings'
import type { Server } from '../apps/host/server'
import { diskOf } from '../../foundation/files/disk'
import { writeCron } from '../../foundation/dokku/cron'
import { engineDisk } from '../buildkit/host/engine-disk'
import { rememberSeen } from '../apps/host/inspect'
import { budgetLines } from '../budgets/text'
import { formatBytes } from '../../foundation/output/units'
import { planData } from '../apps/text'
import { applyAll, planAll, tellPlan } from '../apps/host/apply-all'
import { prepareBuilds } from '../dockerfile/host/prepare'
import {
  cachesFor,
  checkDirectories,
  makeDirectories,
  tellProblems,
} from '../apps/host/directories'
import { localSetup } from './local'
import { inspectImages } from '../apps/host/inspect-all'
import { rebuildApps } from './host/rebuild'
import { checkFormat } from '../../foundation/cli/format'
import { chooseApps, openServer } from '../apps/host/server'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'

export interface SetupOptions extends CommonOptions {
  readonly all?: boolean
  readonly dryRun?: boolean
  readonly rebuild?: boolean
  readonly format: string
}

/** Everything that setup found to do. */
interface SetupPlan {
  readonly problems: readonly CacheProblem[]
  readonly plans: readonly AppPlan[]
  readonly failed: readonly string[]
}

function isSettled({ problems, plans }: SetupPlan): boolean {
  return problems.length === 0 && plans.every((plan) => plan.steps.length === 0)
}

/** What holds from now on, how to leave an app out, and what to do next. */
async function tellEnd(context: Context, server: Server, plans: readonly AppPlan[]): Promise<void> {
  const { log } = context
  const sharing = plans.filter((plan) => plan.state === 'enabled').length
  const engine = await context.engine()
  const { settings } = server
  const ofCaches = resolveBudgets(cacheBudgetSettings(settings), await diskOf(server.platform.root))
  const ofDocker = resolveBudgets(budgetSettings(settings), await engineDisk(engine))
  const records = await engine.buildCache()
  const mounts = records.filter((record) => record.Type === 'exec.cachemount' && !record.InUse)
  const bytes = mounts.reduce((sum, record) => sum + record.Size, 0)
  log.step(
    `${sharing} ${sharing === 1 ? 'app shares' : 'apps share'} the caches in ${server.platform.root}`,
  )
  log.detail(
    'Every container of these apps can read and write them: apps that share trust one another.',
  )
  log.detail('Leave an app out:         dokku shared-cache:disable APP')
  log.detail('Use them in containers:   dokku ps:rebuild APP, or wait for its next deploy')
  log.detail('Every night the shared caches are kept to:')
  for (const line of budgetLines(ofCaches, 'caches')) log.detail(`  ${line}`)
  log.detail("and Docker's build cache to:")
  for (const line of budgetLines(ofDocker, 'buildkit')) log.detail(`  ${line}`)
  if (bytes === 0) return
  log.detail(
    `Old cache mounts hold ${formatBytes(bytes)} of Docker's build cache. To free exactly those:`,
  )
  log.detail('dokku shared-cache:prune --buildkit --type exec.cachemount')
}

function tell(context: Context, server: Server, plan: SetupPlan): void {
  tellProblems(context, server, plan.problems)
  for (const app of plan.plans) tellPlan(context, app)
  if (isSettled(plan)) context.log.step('Everything is set up: nothing to change')
}

function report(context: Context, server: Server, plan: SetupPlan, dryRun: boolean): void {
  const { problems, plans, failed } = plan
  const { root } = server.platform
  const changed = !isSettled(plan)
  const apps = plans.map(planData)
  const document = { version: 1, dryRun, root, changed, directories: problems, apps, failed }
  context.log.plain(JSON.stringify(document))
}

/** From the first setup on budgets are kept every night. Apps get their caches whatever comes of it. */
async function startSchedule({ runner, log }: Context): Promise<void> {
  try {
    await writeCron(runner)
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    log.warn(error.message)
  }
}

async function apply(context: Context, server: Server, plan: SetupPlan, names: readonly string[]) {
  const { properties } = server.dokku
  await makeDirectories(context, plan.problems, names)
  // From here on new apps get caches; said before the old ones get theirs, so that a run which is
  // killed leaves no gap.
  if (properties.get('--global', 'setup') === undefined) {
    await properties.set('--global', 'setup', context.now().toISOString())
    await startSchedule(context)
  }
  await rememberSeen(server, server.seen ?? new Map())
  return applyAll(context, server, plan.plans)
}

/**
 * Makes the shared caches and gives them to apps: planned and shown first, then applied; only what is
 * missing or different. Nothing restarts.
 */
export const setup: Command<SetupOptions, readonly [string[]]> = async (
  context,
  options,
  named,
) => {
  checkFormat(options.format, 'stdout', 'json')
  const json = options.format === 'json'
  if (context.platform.kind === 'local') return localSetup(context, options, named)
  const dryRun = options.dryRun ?? false
  const opened = openServer(context)
  const apps = await chooseApps(opened, named, options.all || named.length === 0)
  const server = await inspectImages(context, opened, apps)
  const planned = await planAll(context, server, apps)
  const rooms = new Set(planned.plans.flatMap((app) => app.rooms))
  const names = [...cachesFor(server, apps), ...rooms]
  const problems = await checkDirectories(context, names)
  const plan: SetupPlan = { problems, ...planned }

  if (!json) tell(context, server, plan)
  const failed = [...plan.failed]
  if (!dryRun) failed.push(...(await apply(context, server, plan, names)).failed)
  if (!dryRun) {
    await prepareBuilds(context, server, (line) => {
      if (!json && !isSettled(plan)) context.log.detail(line)
    })
  }
  if (json) report(context, server, { ...plan, failed }, dryRun)
  else if (!dryRun && !isSettled(plan)) await tellEnd(context, server, plan.plans)
  if (!dryRun && options.rebuild) failed.push(...(await rebuildApps(context, apps)))
  return failed.length > 0 ? 1 : 0
}
