import { join } from 'node:path'
import { KnownError } from '../../../foundation/core/errors'
import type { Context } from '../../../foundation/cli/command'

/** Apps that have running containers. */
async function running(context: Context, apps: readonly string[]): Promise<readonly string[]> {
  const engine = await context.engine()
  const label = ['com.dokku.container-type=deploy']
  const containers = await engine.containers({ label, status: ['running'] })
  const names = new Set(containers.map((container) => container.labels['com.dokku.app-name']))
  return apps.filter((app) => names.has(app))
}

/** Rebuilds the running ones of some apps, one by one, and gives back those that failed. */
export async function rebuildApps(
  context: Context,
  apps: readonly string[],
): Promise<readonly string[]> {
  const { platform, runner, log } = context
  if (platform.kind !== 'dokku') return []
  const todo = await running(context, apps)
  const failed: string[] = []
  for (const [index, app] of todo.entries()) {
    log.step(`Rebuilding ${app} (${index + 1} of ${todo.length})`)
    try {
      const rebuild = join(platform.pluginPath, 'ps/subcommands/rebuild')
      await runner.write(rebuild, ['ps:rebuild', app], { show: true })
    } catch (error) {
      if (!(error instanceof KnownError)) throw error
      log.warn(`${app} was not rebuilt, and runs as before: ${error.message}`)
      failed.push(app)
    }
  }
  return failed
}
