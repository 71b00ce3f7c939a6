import { join } from 'node:path'
import type { VolumeServer } from './server'
import { runningContainers } from './inspect'

/** Whether an app has running containers, which still have the mounts that they were started with. */
export async function isRunning(server: VolumeServer, app: string): Promise<boolean> {
  return (await runningContainers(await server.engine(), app)).length > 0
}

/** Starts new containers of an app, with Dokku's checks. Throws KnownError if that fails. */
export async function restartApp({ platform, runner }: VolumeServer, app: string): Promise<void> {
  await runner.write(join(platform.pluginPath, 'ps/subcommands/restart'), ['ps:restart', app], {
    // Not our own streams: it would end at once where nobody reads them.
    onOutput: (chunk) => process.stdout.write(chunk),
    onError: (chunk) => process.stderr.write(chunk),
  })
}
