import type { AppPlan } from '../apps/core/plan'
import { resolveBudgets } from '../budgets/core/budgets'
import { KnownError } from '../../foundation/core/errors'
import type { CacheProblem } from '../directories/core/requirements'
import { budgetSettings, cacheBudgetSettings } from '../settings/core/settings'
import type { Site } from '../apps/host/apply'
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
import { lookAtImages } from '../apps/host/inspect-all'
import { rebuildApps } from './host/rebuild'
import { checkFormat, chooseApps, openSite } from '../apps/host/context'
import type { Command, CommonOptions, World } from '../../foundation/cli/command'

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
async function tellEnd(world: World, site: Site, plans: readonly AppPlan[]): Promise<void> {
  const { log } = world
  const sharing = plans.filter((plan) => plan.state === 'enabled').length
  const engine = await world.engine()
  const { settings } = site.common
  const ofCaches = resolveBudgets(cacheBudgetSettings(settings), await diskOf(site.platform.root))
  const ofDocker = resolveBudgets(budgetSettings(settings), await engineDisk(engine))
  const records = await engine.buildCache()
  const mounts = records.filter((record) => record.Type === 'exec.cachemount' && !record.InUse)
  const bytes = mounts.reduce((sum, record) => sum + record.Size, 0)
  log.step(
    `${sharing} ${sharing === 1 ? 'app shares' : 'apps share'} the caches in ${site.platform.root}`,
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

function tell(world: World, site: Site, plan: SetupPlan): void {
  tellProblems(world, site, plan.problems)
  for (const app of plan.plans) tellPlan(world, app)
  if (isSettled(plan)) world.log.step('Everything is set up: nothing to change')
}

function report(world: World, site: Site, plan: SetupPlan, dryRun: boolean): void {
  const { problems, plans, failed } = plan
  const { root } = site.platform
  const changed = !isSettled(plan)
  const apps = plans.map(planData)
  const document = { version: 1, dryRun, root, changed, directories: problems, apps, failed }
  world.log.plain(JSON.stringify(document))
}

/** From the first setup on budgets are kept every night. Apps get their caches whatever comes of it. */
async function startSchedule({ runner, log }: World): Promise<void> {
  try {
    await writeCron(runner)
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    log.warn(error.message)
  }
}

async function apply(world: World, site: Site, plan: SetupPlan, names: readonly string[]) {
  const { properties } = site.dokku
  await makeDirectories(world, plan.problems, names)
  // From here on new apps get caches; said before the old ones get theirs, so that a run which is
  // killed leaves no gap.
  if (properties.get('--global', 'setup') === undefined) {
    await properties.set('--global', 'setup', world.now().toISOString())
    await startSchedule(world)
  }
  await rememberSeen(site, site.common.seen ?? new Map())
  return applyAll(world, site, plan.plans)
}

/**
 * Makes the shared caches and gives them to apps: planned and shown first, then applied; only what is
 * missing or different. Nothing restarts.
 */
export const setup: Command<SetupOptions, readonly [string[]]> = async (world, options, named) => {
  checkFormat(options.format, 'stdout', 'json')
  const json = options.format === 'json'
  if (world.platform.kind === 'local') return localSetup(world, options, named)
  const dryRun = options.dryRun ?? false
  const opened = openSite(world)
  const apps = await chooseApps(opened, named, options.all || named.length === 0)
  const site = await lookAtImages(world, opened, apps)
  const planned = await planAll(world, site, apps)
  const rooms = new Set(planned.plans.flatMap((app) => app.rooms))
  const names = [...cachesFor(site, apps), ...rooms]
  const problems = await checkDirectories(world, names)
  const plan: SetupPlan = { problems, ...planned }

  if (!json) tell(world, site, plan)
  const failed = [...plan.failed]
  if (!dryRun) failed.push(...(await apply(world, site, plan, names)).failed)
  if (!dryRun) {
    await prepareBuilds(world, site, (line) => {
      if (!json && !isSettled(plan)) world.log.detail(line)
    })
  }
  if (json) report(world, site, { ...plan, failed }, dryRun)
  else if (!dryRun && !isSettled(plan)) await tellEnd(world, site, plan.plans)
  if (!dryRun && options.rebuild) failed.push(...(await rebuildApps(world, apps)))
  return failed.length > 0 ? 1 : 0
}
