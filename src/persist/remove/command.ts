import type { Command, CommonOptions, Context } from '../../foundation/cli/command'
import { confirm } from '../../foundation/cli/confirm'
import { checkFormat } from '../../foundation/cli/format'
import { EXIT, KnownError } from '../../foundation/core/errors'
import { expectApp } from '../../foundation/dokku/open'
import { withAppLock } from '../../foundation/dokku/app-lock'
import type { Volume } from '../volumes/core/volume'
import { findOrphan, findVolume } from '../volumes/host/find'
import { isRunning, restartApp } from '../volumes/host/restart'
import { type VolumeServer, openVolumes } from '../volumes/host/server'
import { type RemoveStep, planRemove } from './core/plan'
import { applyRemove, readRemoveFacts, refuseIfUsed } from './host/remove'
import { lossLines, removeText } from './text'

export interface RemoveOptions extends CommonOptions {
  readonly orphan?: string
  readonly destroyData?: boolean
  readonly restart?: boolean
  readonly dryRun?: boolean
  readonly format: string
}

/** The volume that is meant. Throws KnownError if there is none. */
async function chosen(
  server: VolumeServer,
  options: RemoveOptions,
  app: string | undefined,
  name: string | undefined,
): Promise<Volume> {
  if (options.orphan !== undefined) {
    if (app !== undefined) throw new KnownError('Name an app and its volume, or --orphan VOLUME')
    return findOrphan(server, options.orphan)
  }
  if (app === undefined) throw new KnownError('Please specify an app to run the command on')
  await expectApp(server.dokku, app)
  if (name === undefined) {
    throw new KnownError(`Name the volume of ${app}`, { hint: `dokku persist:list ${app}` })
  }
  return findVolume(server, app, name)
}

async function plan(server: VolumeServer, volume: Volume, destroy: boolean) {
  return planRemove(volume, await readRemoveFacts(server, volume), destroy)
}

async function restart(
  { log }: Context,
  server: VolumeServer,
  app: string,
  options: RemoveOptions,
): Promise<void> {
  if (!(await isRunning(server, app))) return
  if (options.restart) await restartApp(server, app)
  else log.detail(`The running containers of ${app} still have it. Run: dokku ps:restart ${app}`)
}

/**
 * Takes a volume from its app. Its data stays, as a volume without an app, unless `--destroy-data` deletes
 * it. Asks for confirmation in Dokku's way.
 */
export const remove: Command<
  RemoveOptions,
  readonly [string | undefined, string | undefined]
> = async (context, options, app, name) => {
  checkFormat(options.format, 'stdout', 'json')
  const server = openVolumes(context)
  const destroy = options.destroyData ?? false
  const volume = await chosen(server, options, app, name)
  const forPerson = options.format === 'stdout'
  const show = (steps: readonly RemoveStep[], applied: boolean) => {
    const { entry } = volume
    if (!forPerson) {
      context.log.plain(
        JSON.stringify({ version: 1, app: volume.app, name: volume.name, entry, steps, applied }),
      )
      return
    }
    context.log.step(`Volume ${volume.name} of ${volume.app ?? volume.formerApp ?? 'no app'}`)
    const lines = steps.map((step) => removeText(step, volume, server.pathOf(entry)))
    for (const line of lines.length > 0 ? lines : ['nothing to change']) context.log.detail(line)
  }

  const steps = await plan(server, volume, destroy)
  if (options.dryRun) {
    show(steps, false)
    return EXIT.ok
  }
  if (destroy) await refuseIfUsed(server, volume)
  if (steps.length > 0) {
    const lines = lossLines(volume, server.pathOf(volume.entry), destroy)
    await confirm(context, options, lines, volume.name, forPerson)
  }
  const apply = async () => applyRemove(server, volume, await plan(server, volume, destroy))
  await (volume.app === null ? apply() : withAppLock(server.platform, volume.app, apply))
  show(steps, true)
  if (volume.app !== null && forPerson) await restart(context, server, volume.app, options)
  return EXIT.ok
}
