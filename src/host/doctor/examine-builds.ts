import type { BuildsFacts } from '../../core/doctor/doctor-builds'
import { effective } from '../../core/settings'
import type { Site } from '../dokku/apply'
import { lookAtEngine } from '../builds/build-gate'
import { expectedDevices, liveDevices } from '../builds/devices'
import { hasSccache } from '../builds/sccache'
import type { Engine } from '../docker/engine'

/** Finds out what builds of Dockerfiles would have. Changes nothing. */
export async function examineBuilds(
  site: Site,
  engine: Engine,
  apps: readonly string[],
  caches: readonly string[],
): Promise<BuildsFacts> {
  const groupOf = (app: string) => effective('group', site.dokku.properties.all(app), {})
  const frontend = effective('frontend', {}, site.common.settings)
  const { info, hasFrontend } = await lookAtEngine(engine, frontend)
  const live = liveDevices(info)
  return {
    engine: info.ServerVersion,
    hasCdi: info.CDISpecDirs.length > 0,
    missingDevices: expectedDevices(site).filter((name) => !live.has(name)),
    frontend,
    hasFrontend,
    apart: apps.filter((app) => groupOf(app) !== ''),
    lacksSccache: caches.includes('sccache') && !hasSccache(site),
  }
}
