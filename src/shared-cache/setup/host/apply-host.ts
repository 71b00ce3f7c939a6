import { fetchFrontend, keepFrontend } from '../../dockerfile/host/frontend'
import { probeFrontends } from '../../dockerfile/host/frontend-probe'
import {
  type BuildsRemedy,
  missingFrontend,
  unsuitableFrontend,
} from '../../devices/core/frontend-remedy'
import { makeDevices } from '../../devices/host/devices'
import { inspectEngine } from '../../devices/host/engine'
import { effective } from '../../properties/core/properties'
import { ensureSccache } from '../../sccache/host/install'
import { cachesFor } from '../../apps/host/directories'
import type { Server } from '../../apps/host/server'
import type { Context } from '../../../foundation/cli/command'
import { writeCron } from '../../../foundation/dokku/cron'
import { knownError } from '../../../foundation/process/system-error'
import { type HostStep, planHost } from '../core/host-steps'
import { failureText, logHostSteps, warnOfBuilds } from '../text'
import { inspectHost } from './inspect-host'

/** A step that failed. */
export interface FailedStep {
  readonly step: HostStep
  /** undefined if it failed because of another step. */
  readonly why?: string
  readonly hint?: string | undefined
}

/** The result of the steps of a host plan. */
export interface HostResult {
  readonly failed: readonly FailedStep[]
  /** Why Dockerfile builds will not use the caches; null if they will. */
  readonly builds: BuildsRemedy | null
}

/** Applies one step. Returns why it failed; null for success. Throws KnownError. */
async function applyStep(context: Context, server: Server, step: HostStep): Promise<string | null> {
  switch (step.kind) {
    case 'crontab':
      await writeCron(server.runner)
      return null
    case 'storage-entries':
      // Made with the mounts of the first app that needs them.
      return null
    case 'cdi':
      await makeDevices(server, await (await context.engine()).info(), [])
      return null
    case 'image':
      return fetchFrontend(server, context.env, step.image)
    case 'container':
      return keepFrontend(server, context.env, step.image)
    case 'sccache':
      await ensureSccache(server)
      return null
  }
}

async function tryStep(
  context: Context,
  server: Server,
  step: HostStep,
): Promise<FailedStep | null> {
  try {
    const why = await applyStep(context, server, step)
    return why === null ? null : { step, why }
  } catch (thrown) {
    const { message, hint } = knownError(thrown)
    return { step, why: message, hint }
  }
}

async function findProblem(
  context: Context,
  server: Server,
  failed: readonly FailedStep[],
): Promise<BuildsRemedy | null> {
  const cdi = failed.find(({ step }) => step.kind === 'cdi')
  if (cdi) {
    const problem = `Dockerfile builds cannot use the shared caches: ${cdi.why ?? ''}`
    return { problem, command: cdi.hint ?? 'dokku shared-cache:doctor' }
  }
  const frontend = effective('frontend', {}, server.settings)
  const state = await inspectEngine(await context.engine(), frontend)
  const { builtin, known } = await probeFrontends(server, context.env, state, frontend)
  if (builtin || known) return null
  return state.image === '' ? missingFrontend(frontend) : unsuitableFrontend(frontend)
}

/** Applies steps in their order and returns those that failed: a failing step does not stop the others. */
export async function applySteps(
  context: Context,
  server: Server,
  steps: readonly HostStep[],
): Promise<readonly FailedStep[]> {
  const failed: FailedStep[] = []
  for (const step of steps) {
    // Without its image the container has nothing to protect.
    const isPointless = step.kind === 'container' && failed.some((one) => one.step.kind === 'image')
    const failure = isPointless ? { step } : await tryStep(context, server, step)
    if (failure) failed.push(failure)
  }
  return failed
}

/** Why Dockerfile builds will not use the caches after all steps were tried; null if they will. */
export async function checkBuilds(
  context: Context,
  server: Server,
  failed: readonly FailedStep[],
): Promise<BuildsRemedy | null> {
  try {
    return await findProblem(context, server, failed)
  } catch (thrown) {
    const { message, hint } = knownError(thrown)
    const problem = `Dockerfile builds cannot use the shared caches: ${message}`
    return { problem, command: hint ?? 'dokku shared-cache:doctor' }
  }
}

/** Logs steps that failed, and why Dockerfile builds will not use the caches. */
export function warnOfHost({ log }: Context, { failed, builds }: HostResult): void {
  for (const { step, why, hint } of failed) {
    if (why !== undefined) log.warn(`${failureText(step)}: ${why}`)
    if (hint !== undefined) log.warn(hint)
  }
  if (builds) warnOfBuilds(log, builds)
}

/**
 * Plans what Dockerfile builds need from the host, logs and applies it: for commands that change the
 * set of caches. Problems are logged; nothing fails.
 */
export async function prepareHost(context: Context, server: Server): Promise<void> {
  const caches = cachesFor(server, await server.dokku.apps())
  const { steps, builds } = planHost(await inspectHost(context, server, caches, []))
  logHostSteps(context.log, steps)
  const failed = await applySteps(context, server, steps)
  warnOfHost(context, { failed, builds: builds ?? (await checkBuilds(context, server, failed)) })
}
