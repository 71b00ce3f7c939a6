import type { BuildsFacts } from '../core/builds'
import { parseSeen } from '../../apps/core/record'
import { KnownError } from '../../../foundation/core/errors'
import type { BuiltApp } from '../core/builders'
import { effective } from '../../settings/core/settings'
import type { Server } from '../../apps/host/server'
import { probeFrontends } from '../../dockerfile/host/frontend-probe'
import { inspectEngine } from '../../devices/host/engine'
import { expectedDevices, liveDevices } from '../../devices/host/devices'
import { givesDevices } from '../../devices/host/specification'
import { hasSccache } from '../../sccache/host/install'
import type { Engine } from '../../../foundation/docker/engine'

function builderSeen(server: Server, app: string): string {
  try {
    return parseSeen(app, server.dokku.properties.get(app, 'seen'))?.builder ?? ''
  } catch (error) {
    // A record that is damaged is a finding of its own.
    if (error instanceof KnownError) return ''
    throw error
  }
}

/** How apps were built last, as far as their images were seen. */
export function builtApps(server: Server, apps: readonly string[]): readonly BuiltApp[] {
  return apps.map((app) => ({ app, builder: builderSeen(server, app) }))
}

/** Finds out what builds of Dockerfiles would have. Changes nothing but what is remembered of frontends. */
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
