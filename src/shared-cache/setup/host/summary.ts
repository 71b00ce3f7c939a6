import { resolveBudgets } from '../../budgets/core/budgets'
import { budgetLines } from '../../budgets/text'
import { engineDisk } from '../../buildkit/host/engine-disk'
import { budgetSettings, cacheBudgetSettings, effective } from '../../properties/core/properties'
import type { Server } from '../../apps/host/server'
import type { Context } from '../../../foundation/cli/command'
import { diskOf } from '../../../foundation/files/disk'
import { formatBytes } from '../../../foundation/output/units'
import { type SetupPlan, unusedCacheMountBytes } from '../core/plan'

/** The budgets of the scheduled prune. */
async function showBudgets(
  { log, engine }: Context,
  { settings, platform }: Server,
): Promise<void> {
  const schedule = effective('schedule', {}, settings)
  const ofCaches = resolveBudgets(cacheBudgetSettings(settings), await diskOf(platform.root))
  const ofDocker = resolveBudgets(budgetSettings(settings), await engineDisk(await engine()))
  log.detail(
    schedule === 'off'
      ? 'The schedule is off. With dokku shared-cache:prune the shared caches are kept to:'
      : `By the schedule (${schedule}) the shared caches are kept to:`,
  )
  for (const line of budgetLines(ofCaches, 'caches')) log.detail(`  ${line}`)
  log.detail("and Docker's build cache to:")
  for (const line of budgetLines(ofDocker, 'buildkit')) log.detail(`  ${line}`)
}

/** Cache mounts in Docker's build cache that the shared caches replace. */
async function showUnusedMounts({ log, engine, now }: Context): Promise<void> {
  const records = await (await engine()).buildCache()
  const bytes = unusedCacheMountBytes(records, now().getTime())
  if (bytes === 0) return
  log.detail(
    `Docker's build cache has ${formatBytes(bytes)} of cache mounts that no build has used for a day.`,
  )
  log.detail(
    'To delete them: dokku shared-cache:prune --buildkit --type exec.cachemount --older-than 24h',
  )
}

/** What applies from now on, how to exclude an app, and what to do next. */
export async function showSummary(
  context: Context,
  server: Server,
  { apps }: SetupPlan,
): Promise<void> {
  const { log } = context
  const count = apps.filter((plan) => plan.state === 'enabled').length
  const { root } = server.platform
  log.step(`${count} ${count === 1 ? 'app shares' : 'apps share'} the caches in ${root}`)
  log.detail(
    'All containers of these apps can read and write them, so the apps must trust each other.',
  )
  log.detail('To exclude an app:         dokku shared-cache:disable APP')
  log.detail('To use them in containers: dokku ps:rebuild APP, or wait for the next deploy')
  await showBudgets(context, server)
  await showUnusedMounts(context)
}
