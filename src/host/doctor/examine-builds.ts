import type { BuildsFacts } from '../../core/doctor/doctor-builds'
import { parseSeen } from '../../core/apps/record'
import { KnownError } from '../../core/errors'
import type { BuiltApp } from '../../core/doctor/doctor-builders'
import { effective } from '../../core/settings'
import type { Site } from '../dokku/apply'
import { lookAtFrontends } from '../builds/probe'
import { lookAtEngine } from '../builds/engine-look'
import { expectedDevices, liveDevices } from '../builds/devices'
import { givesDevices } from '../builds/specification'
import { hasSccache } from '../builds/sccache'
import type { Engine } from '../docker/engine'

function builderSeen(site: Site, app: string): string {
  try {
    return parseSeen(app, site.dokku.properties.get(app, 'seen'))?.builder ?? ''
  } catch (error) {
    // A record that is damaged is a finding of its own.
    if (error instanceof KnownError) return ''
    throw error
  }
}

/** How apps were built last, as far as their images were seen. */
export function builtApps(site: Site, apps: readonly string[]): readonly BuiltApp[] {
  return apps.map((app) => ({ app, builder: builderSeen(site, app) }))
}

/** Finds out what builds of Dockerfiles would have. Changes nothing but what is remembered of frontends. */
export async function examineBuilds(
  site: Site,
  engine: Engine,
  env: NodeJS.ProcessEnv,
  apps: readonly string[],
  caches: readonly string[],
): Promise<BuildsFacts> {
  const groupOf = (app: string) => effective('group', site.dokku.properties.all(app), {})
  const frontend = effective('frontend', {}, site.common.settings)
  const look = await lookAtEngine(engine, frontend)
  const { builtin, known } = await lookAtFrontends(site, env, look, frontend)
  const { info, image } = look
  const live = liveDevices(info)
  return {
    engine: info.ServerVersion,
    hasCdi: info.CDISpecDirs.length > 0,
    missingDevices: expectedDevices(site).filter((name) => !live.has(name)),
    frontend,
    hasFrontend: builtin || image !== '',
    knowsDevices: builtin || known,
    apart: givesDevices(info) ? [] : apps.filter((app) => groupOf(app) !== ''),
    lacksSccache: caches.includes('sccache') && !hasSccache(site),
  }
}
