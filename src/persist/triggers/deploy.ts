import type { Context } from '../../foundation/cli/command'
import { KnownError } from '../../foundation/core/errors'
import { StopError } from '../../foundation/triggers/run'
import { followedLines } from '../image-updates/text'
import { followVolumes, rememberImage } from '../image-updates/host/volumes'
import { readWarnings } from '../report/warnings'
import { separateClone } from '../volumes/host/clone'
import { ensureVolumes, showDirectories } from '../volumes/host/ensure'
import { settleOwners } from '../volumes/host/settle-owner'
import { noteReady } from '../volumes/host/ready'
import { type VolumeServer, openVolumes } from '../volumes/host/server'
import { planLines } from '../volumes/text'

/** Throws StopError if going on would give containers an empty directory, or the data of another app. */
async function prepare(context: Context, app: string, image?: string): Promise<VolumeServer> {
  const server = openVolumes(context)
  const stop = (cause: KnownError) =>
    new StopError(`The volumes of ${app} are not ready: ${cause.message}`, {
      hint: cause.hint ?? `Run: dokku persist:doctor ${app}`,
      cause,
    })
  try {
    await separateClone(server, app, rememberImage)
  } catch (cause) {
    throw cause instanceof KnownError ? stop(cause) : cause
  }
  try {
    await ensureVolumes(server, app, image, rememberImage, (volume, steps) => {
      const lines = planLines(steps, volume, server.pathOf(volume.entry))
      context.log.step(`Volume ${volume.name} at ${volume.path}: ${lines.join('; ')}`)
    })
  } catch (cause) {
    if (cause instanceof StopError || !(cause instanceof KnownError)) throw cause
    // Docker fills an empty volume too, so one that shows its directory can be used.
    throw (await showDirectories(server, app)) ? cause : stop(cause)
  }
  return server
}

/** After the image of a deploy is complete, and before its containers start. */
export async function postReleaseBuilder(context: Context, _: string, app = '', image = '') {
  const server = await prepare(context, app, image || undefined)
  noteReady(server, app)
  for (const { volume, followed } of await followVolumes(server, app, image)) {
    for (const line of followedLines(volume.name, followed)) context.log.step(line)
  }
  for (const line of await readWarnings(server, app)) context.log.warn(line)
}

/** After the containers of a deploy run: only now is the user of some images known. */
export async function postDeploy(context: Context, app = ''): Promise<void> {
  for (const { volume, user } of await settleOwners(openVolumes(context), app)) {
    context.log.step(`Volume ${volume.name} belongs to ${user.uid}:${user.gid} now, as ${app} runs`)
  }
}

/**
 * Before a container starts without a release: a restart, more processes, a one-off command. The shim
 * calls it only if Docker does not know all volumes of the app. Its output goes to stderr: Dokku reads
 * options from stdout.
 */
export async function dockerArgs(context: Context, app = ''): Promise<void> {
  const log = { ...context.log, step: (text: string) => context.log.warn(text) }
  await prepare({ ...context, log }, app)
}
