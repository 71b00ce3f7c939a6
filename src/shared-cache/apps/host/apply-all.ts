import type { AppPlan } from '../core/plan'
import type { Server } from './server'
import { applyTo, isSettled, planFor } from './apply'
import { inParallel } from '../../../foundation/process/parallel'
import { knownError } from '../../../foundation/process/system-error'
import { planHeadline, planLines } from '../text'
import type { Context } from '../../../foundation/cli/command'

/** Processes that Dokku starts for an app at once; two use both cores of a small server. */
const WIDTH = 2

export interface Applied {
  readonly plans: readonly AppPlan[]
  /** Apps whose plan could not be made or carried out. */
  readonly failed: readonly string[]
}

/** Says what a plan comes to. Apps that stay as they are and leave nothing to say are not named. */
export function tellPlan(context: Context, plan: AppPlan): void {
  const lines = planLines(plan)
  if (lines.length === 0 && plan.state !== 'other-scheduler') return
  context.log.heading(planHeadline(plan))
  for (const line of lines) context.log.detail(line)
}

async function attempt<T>(
  context: Context,
  app: string,
  failed: string[],
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await work()
  } catch (thrown) {
    // One app that cannot be read or changed keeps no other from its caches.
    const error = knownError(thrown)
    context.log.warn(`${app}: ${error.message}`)
    if (error.hint) context.log.warn(error.hint)
    failed.push(app)
    return null
  }
}

/** Plans for apps, changing nothing. */
export async function planAll(
  context: Context,
  server: Server,
  apps: readonly string[],
): Promise<Applied> {
  const failed: string[] = []
  const plans = await inParallel(apps, WIDTH, (app) =>
    attempt(context, app, failed, () => planFor(server, app)),
  )
  return { plans: plans.filter((plan) => plan !== null), failed }
}

/** Carries out what `planAll` found to do. The first app goes alone: it makes what all share. */
export async function applyAll(
  context: Context,
  server: Server,
  plans: readonly AppPlan[],
): Promise<Applied> {
  const failed: string[] = []
  const todo = plans.filter((plan) => !isSettled(plan)).map((plan) => plan.app)
  let done = 0
  const one = async (app: string) => {
    const plan = await attempt(context, app, failed, () => applyTo(server, app))
    done += 1
    context.log.progress(`${done} of ${todo.length} apps`)
    return plan
  }
  const first = await inParallel(todo.slice(0, 1), 1, one)
  const rest = await inParallel(todo.slice(1), WIDTH, one)
  context.log.progress('')
  return { plans: [...first, ...rest].filter((plan) => plan !== null), failed }
}
