import type { KnownError } from '../../../foundation/core/errors'
import type { Context } from '../../../foundation/cli/command'
import { inParallel } from '../../../foundation/process/parallel'
import { knownError } from '../../../foundation/process/system-error'
import type { AppPlan } from '../core/plan'
import { planFor } from './apply'
import { inspectImages } from './inspect-all'
import type { Server } from './server'

/** Number of apps that Dokku is called for in parallel; two use both cores of a small server. */
const WIDTH = 2

/** An app that could not be inspected, planned or changed. */
export interface AppFailure {
  readonly app: string
  readonly error: KnownError
}

/** The plans for some apps. */
export interface PlannedApps {
  /** The server with the new inspections of images: apply the plans with this one. */
  readonly server: Server
  readonly plans: readonly AppPlan[]
  /** Apps without a plan. */
  readonly failures: readonly AppFailure[]
}

/** Calls a function for one app. A KnownError becomes a failure of that app. */
export async function orFailure<T>(app: string, work: () => Promise<T>): Promise<T | AppFailure> {
  try {
    return await work()
  } catch (thrown) {
    return { app, error: knownError(thrown) }
  }
}

export function isFailure(result: AppFailure | AppPlan): result is AppFailure {
  return 'error' in result
}

/**
 * Inspects the images of apps and plans what each app should get. Changes nothing. `setup` and the
 * doctor both use it, so they agree. Throws KnownError if images are inspected and the Engine cannot be
 * reached. `images` false plans with earlier results: an app that loses its caches needs no image.
 */
export async function planApps(
  context: Context,
  server: Server,
  apps: readonly string[],
  { images }: { readonly images: boolean },
): Promise<PlannedApps> {
  const inspected = images ? await inspectImages(context, server, apps) : server
  const results = await inParallel(apps, WIDTH, (app) =>
    orFailure(app, () => planFor(inspected, app)),
  )
  const plans = results.flatMap((result) => (isFailure(result) ? [] : [result]))
  return { server: inspected, plans, failures: results.filter(isFailure) }
}
