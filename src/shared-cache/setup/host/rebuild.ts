import { join } from 'node:path'
import { KnownError } from '../../../foundation/core/errors'
import type { Context } from '../../../foundation/cli/command'

/** Apps that have running containers. */
async function runningApps(context: Context, apps: readonly string[]): Promise<readonly string[]> {
  const engine = await context.engine()
  const label = ['com.dokku.container-type=deploy']
  const containers = await engine.containers({ label, status: ['running'] })
  const names = new Set(containers.map((container) => container.labels['com.dokku.app-name']))
  return apps.filter((app) => names.has(app))
}

/** Rebuilds the running apps among these one by one. Returns those that failed. */
export async function rebuildApps(
  context: Context,
  apps: readonly string[],
): Promise<readonly string[]> {
  const { platform, runner, log } = context
  if (platform.kind !== 'dokku') return []
  const running = await runningApps(context, apps)
  const failed: string[] = []
  for (const [index, app] of running.entries()) {
    log.step(`Rebuilding ${app} (${index + 1} of ${running.length})`)
    try {
      const rebuild = join(platform.pluginPath, 'ps/subcommands/rebuild')
      await runner.write(rebuild, ['ps:rebuild', app], {
        // Not our own streams: it would end at once where nobody reads them.
        onOutput: (chunk) => process.stdout.write(chunk),
        onError: (chunk) => process.stderr.write(chunk),
      })
    } catch (error) {
      if (!(error instanceof KnownError)) throw error
      log.warn(`${app} was not rebuilt and still runs its old containers: ${error.message}`)
      log.warn(`To try again: dokku ps:rebuild ${app}`)
      failed.push(app)
    }
  }
  return failed
}
