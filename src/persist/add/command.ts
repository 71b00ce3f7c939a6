import type { Command, CommonOptions, Context } from '../../foundation/cli/command'
import { checkFormat } from '../../foundation/cli/format'
import { EXIT } from '../../foundation/core/errors'
import { expectApp } from '../../foundation/dokku/open'
import { withAppLock } from '../../foundation/dokku/app-lock'
import { limitBytes } from '../limits/core/limit'
import { makeLimitStore } from '../limits/host/store'
import { parseName, parsePath } from '../volumes/core/names'
import { needsRestart } from '../volumes/core/plan'
import { applySteps } from '../volumes/host/apply'
import { findOrphan } from '../volumes/host/find'
import { isRunning, restartApp } from '../volumes/host/restart'
import { type VolumeServer, openVolumes } from '../volumes/host/server'
import { limitLines, planLines } from '../volumes/text'
import { type AddWords, parseOptions } from './core/options'
import type { Wanted } from './core/wanted'
import { rememberImage } from '../image-updates/host/volumes'
import { type Planned, planAdd } from './host/plan'

export interface AddOptions extends CommonOptions, AddWords {
  readonly name?: string
  readonly from?: string
  readonly restart?: boolean
  readonly dryRun?: boolean
  readonly format: string
}

function readWanted(server: VolumeServer, options: AddOptions, app: string, path: string): Wanted {
  return {
    app,
    path: parsePath(path, options.force ?? false),
    name: options.name === undefined ? undefined : parseName(options.name),
    from: options.from === undefined ? null : findOrphan(server, options.from),
    options: parseOptions(options),
  }
}

/** What the caller has to do, or what is done now, so that running containers get the volume. */
async function restart(
  { log }: Context,
  server: VolumeServer,
  { volume, steps }: Planned,
  options: AddOptions,
): Promise<void> {
  const { app } = volume
  if (!needsRestart(steps) || !(await isRunning(server, app))) return
  if (options.restart) {
    if (options.format === 'stdout') log.step(`Restarting ${app}`)
    await restartApp(server, app)
  } else if (options.format === 'stdout') {
    log.detail(`The running containers of ${app} do not have it yet. Run: dokku ps:restart ${app}`)
  }
}

/** For reports, which do not ask the file system. An earlier run may have been killed before this. */
function rememberLimit({ platform }: VolumeServer, { volume, watched }: Planned): void {
  const bytes = watched === null ? limitBytes(volume.size) : null
  makeLimitStore(platform.root).put(volume.entry, bytes)
}

function showJson({ log }: Context, { volume, steps, watched }: Planned, applied: boolean): void {
  const { app, name, entry, path, size } = volume
  const limit = {
    limitBytes: size,
    limitEnforced: size !== null && watched === null,
    ...(size === null || watched === null ? {} : { limitWatched: watched }),
  }
  const restart = needsRestart(steps)
  log.plain(
    JSON.stringify({ version: 1, app, name, entry, path, ...limit, steps, applied, restart }),
  )
}

/**
 * Adds a volume to an app, or changes one. Shows the plan and applies it; a second call with the same
 * options changes nothing.
 */
export const add: Command<AddOptions, readonly [string, string]> = async (
  context,
  options,
  app,
  path,
) => {
  checkFormat(options.format, 'stdout', 'json')
  const { log } = context
  const forPerson = options.format === 'stdout'
  const server = openVolumes(context)
  const wanted = readWanted(server, options, app, path)
  await expectApp(server.dokku, app)

  const show = ({ volume, steps, watched }: Planned) => {
    if (!forPerson) return
    const lines = planLines(steps, volume, server.pathOf(volume.entry))
    log.step(`Volume ${volume.name} of ${app} at ${volume.path}`)
    for (const line of lines.length > 0 ? lines : ['nothing to change']) log.detail(line)
    for (const line of limitLines(volume, watched)) log.detail(line)
  }
  if (options.dryRun) {
    const planned = await planAdd(server, wanted)
    show(planned)
    if (!forPerson) showJson(context, planned, false)
    return EXIT.ok
  }
  const planned = await withAppLock(server.platform, app, async () => {
    const plan = await planAdd(server, wanted)
    show(plan)
    await applySteps(server, plan.volume, plan.steps, rememberImage)
    rememberLimit(server, plan)
    return plan
  })
  await restart(context, server, planned, options)
  if (!forPerson) showJson(context, planned, true)
  return EXIT.ok
}
