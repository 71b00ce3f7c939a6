import { wrapList } from '../../../foundation/output/list'
import { inParallel } from '../../../foundation/process/parallel'
import type { AppPlan } from '../core/plan'
import { type PlanGroup, groupPlans, planHeadline, planLines, remedyLines } from '../text'
import { applyLocked, isSettled } from './apply'
import { type AppFailure, isFailure, orFailure } from './plan-apps'
import type { Server } from './server'
import type { Context } from '../../../foundation/cli/command'

/** Number of apps that are changed in parallel. */
const WIDTH = 2

/** With more names than these, the names get lines of their own below the headline. */
const MOST_IN_HEADLINE = 3
const LINE_WIDTH = 90

function logGroup({ log }: Context, group: PlanGroup): void {
  const { apps, plan } = group
  const isLong = apps.length > MOST_IN_HEADLINE
  log.heading(`${isLong ? `${apps.length} apps` : apps.join(', ')}: ${planHeadline(plan)}`)
  if (isLong) for (const line of wrapList(apps, LINE_WIDTH)) log.detail(line)
  for (const line of [...planLines(plan), ...remedyLines(group)]) log.detail(line)
}

/** Whether a plan has something to show that was not shown before. */
function isNews(plan: AppPlan): boolean {
  return plan.steps.length > 0 || plan.newNotes.length > 0 || plan.state === 'other-scheduler'
}

/** Logs plans, grouping apps with the same plan. Unchanged apps are not named. */
export function logPlans(context: Context, plans: readonly AppPlan[]): void {
  for (const group of groupPlans(plans.filter(isNews))) logGroup(context, group)
}

/** Logs apps that could not be planned or changed. */
export function warnOfFailures({ log }: Context, failures: readonly AppFailure[]): void {
  for (const { app, error } of failures) {
    log.warn(`${app}: ${error.message}`)
    if (error.hint) log.warn(error.hint)
  }
}

/**
 * Applies plans. A failing app does not stop the others: it is logged and returned. After a change of
 * properties `settled` apps are looked at too: another command may be about to change them.
 */
export async function applyAll(
  context: Context,
  server: Server,
  plans: readonly AppPlan[],
  settled: 'left alone' | 'looked at' = 'left alone',
): Promise<readonly AppFailure[]> {
  const apps = plans
    .filter((plan) => settled === 'looked at' || !isSettled(plan))
    .map((plan) => plan.app)
  let done = 0
  const apply = async (app: string) => {
    const result = await orFailure(app, () => applyLocked(server, app))
    done += 1
    context.log.progress(`${done} of ${apps.length} apps`)
    return isFailure(result) ? [result] : []
  }
  // The first app makes the storage entries that all apps share.
  const first = await inParallel(apps.slice(0, 1), 1, apply)
  const rest = await inParallel(apps.slice(1), WIDTH, apply)
  context.log.progress('')
  const failures = [...first, ...rest].flat()
  warnOfFailures(context, failures)
  return failures
}
