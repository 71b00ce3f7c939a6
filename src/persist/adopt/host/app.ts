import { join } from 'node:path'
import { KnownError } from '../../../foundation/core/errors'
import { isRunning } from '../../volumes/host/restart'
import type { VolumeServer } from '../../volumes/host/server'

/** Output of Dokku that nobody reads must not end this process. */
const SHOWN = {
  onOutput: (chunk: Buffer) => process.stderr.write(chunk),
  onError: (chunk: Buffer) => process.stderr.write(chunk),
}

/** Stops all containers of an app. Throws KnownError if some still run afterwards. */
export async function stopApp(server: VolumeServer, app: string): Promise<void> {
  const { platform, runner } = server
  await runner.write(join(platform.pluginPath, 'ps/subcommands/stop'), ['ps:stop', app], SHOWN)
  if (!(await isRunning(server, app))) return
  throw new KnownError(`${app} could not be stopped`, {
    hint: `See: dokku ps:report ${app}`,
  })
}

/** Starts an app with its present mounts, with Dokku's checks. Throws KnownError if that fails. */
export async function startApp({ platform, runner }: VolumeServer, app: string): Promise<void> {
  try {
    await runner.write(join(platform.pluginPath, 'ps/subcommands/start'), ['ps:start', app], SHOWN)
  } catch (cause) {
    if (!(cause instanceof KnownError)) throw cause
    throw new KnownError(`${app} did not start: ${cause.message}`, {
      hint: `See dokku logs ${app}, then run: dokku ps:start ${app}`,
      cause,
    })
  }
}
