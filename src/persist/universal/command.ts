import { planAdd, type Planned } from '../add/host/plan'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'
import { checkFormat } from '../../foundation/cli/format'
import { EXIT, KnownError } from '../../foundation/core/errors'
import { expectApp } from '../../foundation/dokku/open'
import { withAppLock } from '../../foundation/dokku/app-lock'
import { needsRestart } from '../volumes/core/plan'
import { rememberImage } from '../image-updates/host/volumes'
import { applySteps } from '../volumes/host/apply'
import { isRunning, restartApp } from '../volumes/host/restart'
import { type VolumeServer, openVolumes } from '../volumes/host/server'
import { planLines } from '../volumes/text'
import { type UniversalPlace, choosePlaces } from './core/places'

export interface UniversalOptions extends CommonOptions {
  readonly with?: string
  readonly without?: string
  readonly restart?: boolean
  readonly dryRun?: boolean
  readonly format: string
}

/** The plan of a place, or why it cannot be a volume of the app. */
type Result = { readonly place: UniversalPlace } & (
  { readonly planned: Planned } | { readonly refused: string }
)

async function planPlace(
  server: VolumeServer,
  app: string,
  place: UniversalPlace,
): Promise<Result> {
  const { path, word } = place
  const own = server.records.of(app).find((volume) => volume.path === path)
  // The user of these directories differs from file to file: everything stays as in the image.
  const options = own ? {} : ({ owner: 'image', followImage: true } as const)
  const isFree = !server.records.of(app).some(({ name }) => name === word)
  const name = !own && isFree ? word : undefined
  try {
    return { place, planned: await planAdd(server, { app, path, name, from: null, options }) }
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    return { place, refused: error.message }
  }
}

function showResult({ log }: Context, server: VolumeServer, result: Result): void {
  const { path, consequence } = result.place
  if ('refused' in result) {
    log.step(`${path} is left out: ${result.refused}`)
    return
  }
  const { volume, steps } = result.planned
  log.step(`Volume ${volume.name} at ${path}: ${consequence}`)
  const lines = planLines(steps, volume, server.pathOf(volume.entry))
  for (const line of lines.length > 0 ? lines : ['nothing to change']) log.detail(line)
}

function toJson(app: string, results: readonly Result[], applied: boolean): string {
  const places = results.map(({ place, ...rest }) => ({
    path: place.path,
    ...('planned' in rest
      ? {
          name: rest.planned.volume.name,
          entry: rest.planned.volume.entry,
          steps: rest.planned.steps,
        }
      : rest),
  }))
  return JSON.stringify({ version: 1, app, places, applied })
}

/**
 * Adds volumes for the places in which people keep things. They follow the image: a file that nobody
 * changed is replaced by that of a newer image. A second call changes nothing.
 */
export const universal: Command<UniversalOptions, readonly [string]> = async (
  context,
  options,
  app,
) => {
  checkFormat(options.format, 'stdout', 'json')
  const forPerson = options.format === 'stdout'
  const places = choosePlaces(options.with, options.without)
  const server = openVolumes(context)
  await expectApp(server.dokku, app)
  const results: Result[] = []
  const run = async () => {
    for (const place of places) {
      const result = await planPlace(server, app, place)
      results.push(result)
      if (forPerson) showResult(context, server, result)
      if ('planned' in result && !options.dryRun) {
        await applySteps(server, result.planned.volume, result.planned.steps, rememberImage)
      }
    }
  }
  await (options.dryRun ? run() : withAppLock(server.platform, app, run))
  if (!forPerson) context.log.plain(toJson(app, results, !options.dryRun))
  const changed = results.some(
    (result) => 'planned' in result && needsRestart(result.planned.steps),
  )
  if (options.dryRun || !changed || !(await isRunning(server, app))) return EXIT.ok
  if (options.restart) await restartApp(server, app)
  else if (forPerson) context.log.detail(`To use them now, run: dokku ps:restart ${app}`)
  return EXIT.ok
}
