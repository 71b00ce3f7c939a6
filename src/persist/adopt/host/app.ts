import { join } from 'node:path'
import { KnownError } from '../../../foundation/core/errors'
import { isRunning } from '../../volumes/host/restart'
import type { VolumeServer } from '../../volumes/host/server'

/** Seconds to wait for a command that a killed run has left. */
const PATIENCE = 600

/** Output of Dokku that nobody reads must not end this process. */
const SHOWN = {
  onOutput: (chunk: Buffer) => process.stderr.write(chunk),
  onError: (chunk: Buffer) => process.stderr.write(chunk),
}

/**
 * Runs a command of Dokku's plugin ps. It goes on if this process is killed, so it holds a lock on `place`
 * for as long as it runs.
 */
async function runPs(
  { platform, runner }: VolumeServer,
  verb: 'start' | 'stop',
  app: string,
  place: string,
): Promise<void> {
  const program = join(platform.pluginPath, 'ps/subcommands', verb)
  await runner.write('flock', [place, program, `ps:${verb}`, app], SHOWN)
}

/** Waits for a command that a killed run has left running. */
export async function waitForPs({ runner }: VolumeServer, place: string): Promise<void> {
  await runner.read('flock', ['-w', String(PATIENCE), place, 'true'])
}

/** Stops all containers of an app. Throws KnownError if some still run afterwards. */
export async function stopApp(server: VolumeServer, app: string, place: string): Promise<void> {
  await runPs(server, 'stop', app, place)
  if (!(await isRunning(server, app))) return
  throw new KnownError(`${app} could not be stopped`, {
    hint: `See: dokku ps:report ${app}`,
  })
}

/** Starts an app with its present mounts, with Dokku's checks. Throws KnownError if that fails. */
export async function startApp(server: VolumeServer, app: string, place: string): Promise<void> {
  try {
    await runPs(server, 'start', app, place)
  } catch (cause) {
    if (!(cause instanceof KnownError)) throw cause
    throw new KnownError(`${app} did not start: ${cause.message}`, {
      hint: `See dokku logs ${app}, then run: dokku ps:start ${app}`,
      cause,
    })
  }
}
