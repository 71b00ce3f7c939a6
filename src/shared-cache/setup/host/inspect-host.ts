import { FRONTEND_CONTAINER, isFrontendKept } from '../../dockerfile/host/frontend'
import { rememberedFrontends } from '../../dockerfile/host/frontend-probe'
import { splitName } from '../../catalogue/core/group'
import { SCCACHE_VERSION } from '../../catalogue/core/sccache'
import type { BuildsRemedy } from '../../devices/core/frontend-remedy'
import { expectedDevices, liveDevices } from '../../devices/host/devices'
import { inspectEngine } from '../../devices/host/engine'
import { DIRECTORY, FILE, givesDevices, isFor } from '../../devices/host/specification'
import { cachesThere } from '../../directories/host/names'
import { hasPrograms } from '../../directories/host/programs'
import { effective } from '../../properties/core/properties'
import { hasSccache } from '../../sccache/host/install'
import type { AppPlan } from '../../apps/core/plan'
import { type Server, isSetUp } from '../../apps/host/server'
import type { Context } from '../../../foundation/cli/command'
import { knownError } from '../../../foundation/process/system-error'
import type { EngineFacts, HostFacts } from '../core/host-steps'

/** Whether the programs of all caches that exist are current. */
function hasAllPrograms(server: Server): boolean {
  const names = cachesThere(server).flatMap((name) => splitName(name)?.cache ?? [])
  return names.every(
    ({ programs }) => programs === null || hasPrograms(server.platform.root, programs),
  )
}

async function inspectDocker(
  context: Context,
  server: Server,
  caches: readonly string[],
): Promise<EngineFacts> {
  const frontend = effective('frontend', {}, server.settings)
  const state = await inspectEngine(await context.engine(), frontend)
  const { engine, info, image } = state
  const live = liveDevices(info)
  const hasAll = expectedDevices(server, caches).every((name) => live.has(name))
  const frontends = rememberedFrontends(server, state)
  return {
    version: info.ServerVersion,
    hasCdi: info.CDISpecDirs.length > 0,
    hasDevices: hasAll && isFor(givesDevices(info)) && hasAllPrograms(server),
    frontend,
    hasFrontend: image !== '',
    isFrontendKept: image !== '' && (await isFrontendKept(engine, image)),
    // Without its image nothing is known about the frontend that setup will pull.
    supportsDevices: image === '' || !frontends ? null : frontends.builtin || frontends.known,
  }
}

async function inspectDockerOrRemedy(
  ...args: Parameters<typeof inspectDocker>
): Promise<EngineFacts | BuildsRemedy> {
  try {
    return await inspectDocker(...args)
  } catch (thrown) {
    const { message, hint } = knownError(thrown)
    const problem = `Dockerfile builds cannot use the shared caches: ${message}`
    return { problem, command: hint ?? 'dokku shared-cache:doctor' }
  }
}

/** Storage entries that the plans of apps need and Dokku does not have. */
async function missingEntries(
  { dokku }: Server,
  plans: readonly AppPlan[],
): Promise<readonly string[]> {
  const steps = plans.flatMap((plan) => plan.steps)
  const needed = new Set(
    steps.flatMap((step) => (step.kind === 'mount' && step.entry ? [step.entry] : [])),
  )
  if (needed.size === 0) return []
  const entries = await dokku.entries()
  return [...needed].filter((name) => !entries.has(name))
}

/** Inspects what setup may have to change on the host. `caches` are those that apps may have. */
export async function inspectHost(
  context: Context,
  server: Server,
  caches: readonly string[],
  plans: readonly AppPlan[],
): Promise<HostFacts> {
  const needsSccache = caches.includes('sccache') && !hasSccache(server)
  return {
    isSetUp: isSetUp(server),
    schedule: effective('schedule', {}, server.settings),
    missingEntries: await missingEntries(server, plans),
    specification: `${DIRECTORY}/${FILE}`,
    container: FRONTEND_CONTAINER,
    engine: await inspectDockerOrRemedy(context, server, caches),
    sccache: needsSccache ? SCCACHE_VERSION : null,
  }
}
