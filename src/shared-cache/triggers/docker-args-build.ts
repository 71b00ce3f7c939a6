import { BUILDPACK_BUILDERS } from '../apps/core/app'
import { wantedFor } from '../apps/core/wanted'
import { readAppState } from '../apps/host/state'
import { isSetUp, openSite } from '../apps/host/context'
import type { World } from '../../foundation/cli/command'

/**
 * The caches in a build of herokuish or pack: options for its container, on stdout. The builds have
 * them writable whatever containers may do; the variables come along where the app has none.
 */
export async function dockerArgsBuild(world: World, app: string, builder: string): Promise<void> {
  if (!BUILDPACK_BUILDERS.includes(builder)) return
  const site = openSite(world)
  if (!isSetUp(site)) return
  const state = await readAppState(site.dokku, site.common, app, builder)
  const settings = { ...state.settings, runAccess: 'rw' as const }
  const { mounts, env } = wantedFor({ ...state, settings }, site.platform.hostRoot, 'build')
  const [flag, suffix] = builder === 'pack' ? ['--volume', ':rw'] : ['-v', '']
  const options = [
    ...mounts.map((m) => `${flag} ${m.hostPath}:${m.containerPath}${suffix}`),
    ...Object.entries(env)
      .filter(([name]) => state.env[name] === undefined)
      .map(([name, value]) => `--env ${name}=${value}`),
  ]
  process.stdout.write(options.map((option) => ` ${option}`).join(''))
}
