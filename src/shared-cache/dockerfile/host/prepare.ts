import { effective } from '../../settings/core/settings'
import type { Server } from '../../apps/host/server'
import { expectedDevices, liveDevices, makeDevices } from '../../devices/host/devices'
import { probeFrontends } from './frontend-probe'
import { givesDevices, isFor } from '../../devices/host/specification'
import { ensureFrontend } from './frontend'
import { knownError } from '../../../foundation/process/system-error'
import { ensureSccache, isWrapperCurrent } from '../../sccache/host/install'
import { cachesFor } from '../../apps/host/directories'
import type { Context } from '../../../foundation/cli/command'

/** What is missing for it, in a line and a remedy; null where nothing is. */
async function prepare(
  context: Context,
  server: Server,
): Promise<readonly [string, string] | null> {
  const engine = await context.engine()
  const info = await engine.info()
  const { CDISpecDirs, ServerVersion } = info
  if (CDISpecDirs.length === 0) {
    return [`Docker ${ServerVersion} has no CDI devices`, 'Docker 28.2 and later has them.']
  }
  const live = liveDevices(info)
  const isLive = expectedDevices(server).every((name) => live.has(name))
  if (!isLive || !isFor(givesDevices(info)) || !isWrapperCurrent(server)) {
    await makeDevices(server, info, [])
  }
  const frontend = effective('frontend', {}, server.settings)
  const problem = await ensureFrontend(server, engine, context.env, frontend)
  // Looked at behind the fetching, whatever came of it.
  const image = (await engine.image(frontend))?.id ?? ''
  const look = { engine, info, image }
  const { builtin, known } = await probeFrontends(server, context.env, look, frontend)
  if (builtin || (known && problem === null)) return null
  if (problem !== null) return [problem, `Fetch it with: docker pull ${frontend}`]
  return [
    `the frontend ${frontend} knows no devices`,
    'Take the usual one: dokku shared-cache:set --global frontend',
  ]
}

/** Brings sccache where somebody has switched its cache on. Without it Rust is compiled as ever. */
async function prepareSccache(context: Context, server: Server): Promise<void> {
  if (!cachesFor(server, await server.dokku.apps()).includes('sccache')) return
  try {
    await ensureSccache(server)
  } catch (thrown) {
    const error = knownError(thrown)
    context.log.warn(`Rust is compiled without a shared cache: ${error.message}`)
    if (error.hint) context.log.warn(error.hint)
  }
}

/**
 * Makes what builds of Dockerfiles need to have the caches: devices, and the frontend that gives them
 * to steps. Where that does not work builds go on without, and `say` is told why: nothing fails.
 */
export async function prepareBuilds(
  context: Context,
  server: Server,
  say: (line: string) => void,
): Promise<void> {
  let missing: readonly [string, string] | null
  try {
    missing = await prepare(context, server)
  } catch (thrown) {
    const error = knownError(thrown)
    missing = [error.message, error.hint ?? 'Run `dokku shared-cache:doctor`.']
  }
  if (missing === null) return prepareSccache(context, server)
  say(`Builds of Dockerfiles have no shared caches: ${missing[0]}`)
  say(missing[1])
}
