import type { BuildsFacts, EngineFacts } from '../core/builds'
import { effective } from '../../properties/core/properties'
import type { Server } from '../../apps/host/server'
import { probeFrontends } from '../../dockerfile/host/frontend-probe'
import { inspectEngine } from '../../devices/host/engine'
import { expectedDevices, liveDevices } from '../../devices/host/devices'
import { givesDevices } from '../../devices/host/specification'
import { hasSccache } from '../../sccache/host/install'
import type { Engine } from '../../../foundation/docker/engine'

/** What the Engine provides for Dockerfile builds before the first setup. Changes nothing. */
export async function examineEngine(server: Server, engine: Engine): Promise<EngineFacts> {
  const frontend = effective('frontend', {}, server.settings)
  const { info, image } = await inspectEngine(engine, frontend)
  return {
    engine: info.ServerVersion,
    hasCdi: info.CDISpecDirs.length > 0,
    frontend,
    hasFrontend: image !== '',
  }
}

/** What Dockerfile builds can use. Changes nothing but the record of frontends. */
export async function examineBuilds(
  server: Server,
  engine: Engine,
  env: NodeJS.ProcessEnv,
  apps: readonly string[],
  caches: readonly string[],
): Promise<BuildsFacts> {
  const groupOf = (app: string) => effective('group', server.dokku.properties.all(app), {})
  const frontend = effective('frontend', {}, server.settings)
  const look = await inspectEngine(engine, frontend)
  const { builtin, known } = await probeFrontends(server, env, look, frontend)
  const { info, image } = look
  const live = liveDevices(info)
  return {
    engine: info.ServerVersion,
    hasCdi: info.CDISpecDirs.length > 0,
    missingDevices: expectedDevices(server).filter((name) => !live.has(name)),
    frontend,
    hasFrontend: builtin || image !== '',
    knowsDevices: builtin || known,
    apart: givesDevices(info) ? [] : apps.filter((app) => groupOf(app) !== ''),
    lacksSccache: caches.includes('sccache') && !hasSccache(server),
  }
}
