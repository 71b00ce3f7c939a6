import { BUILDPACK_BUILDERS } from '../apps/core/app'
import { wantedFor } from '../apps/core/wanted'
import { readAppState } from '../apps/host/state'
import { isWithoutCaches, readLosses } from '../build-records/host/record'
import { isSetUp, openServer } from '../apps/host/server'
import type { Context } from '../../foundation/cli/command'

/**
 * Prints the options that give the caches to the container of a herokuish or pack build. Builds can
 * always write to the caches, with any `run-access`. Variables of the app have priority.
 */
export async function dockerArgsBuild(
  context: Context,
  app: string,
  builder: string,
): Promise<void> {
  if (!BUILDPACK_BUILDERS.includes(builder)) return
  const server = openServer(context)
  if (!isSetUp(server) || isWithoutCaches(server, app)) return
  const state = await readAppState(server, app, builder)
  const lost = readLosses(server, app).filter(({ key }) => key === builder)
  const caches = state.settings.caches.filter((name) => !lost.some(({ cache }) => cache === name))
  const settings = { ...state.settings, caches, runAccess: 'rw' as const }
  const { mounts, env } = wantedFor({ ...state, settings }, server.platform.hostRoot, 'build')
  const [flag, suffix] = builder === 'pack' ? ['--volume', ':rw'] : ['-v', '']
  const options = [
    ...mounts.map((m) => `${flag} ${m.hostPath}:${m.containerPath}${suffix}`),
    ...Object.entries(env)
      .filter(([name]) => state.env[name] === undefined)
      .map(([name, value]) => `--env ${name}=${value}`),
  ]
  process.stdout.write(options.map((option) => ` ${option}`).join(''))
}
