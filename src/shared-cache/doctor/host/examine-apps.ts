import { join } from 'node:path'
import { NOTHING_GIVEN } from '../../apps/core/app'
import type { AppPlan } from '../../apps/core/plan'
import { parseGiven, parseSeen } from '../../apps/core/record'
import { planFor } from '../../apps/host/apply'
import { inspectImages } from '../../apps/host/inspect-all'
import type { Server } from '../../apps/host/server'
import type { Context } from '../../../foundation/cli/command'
import { inParallel } from '../../../foundation/process/parallel'
import { KnownError } from '../../../foundation/core/errors'
import type { AppFacts } from '../core/apps'
import type { BuiltApp } from '../core/builders'
import type { BuildRecord } from '../../build-records/core/record'
import { readLosses, readRecord } from '../../build-records/host/record'
import { lossText, retryCommand, stoppedText, suspectsText } from '../../build-records/text'
import { orError } from './or-error'

/** Two apps in parallel use both cores of a small server. */
const WIDTH = 2

/** Maximum milliseconds of `apps:create`, from its first file to the end of its triggers. */
const CREATING = 60_000

/** Properties of an app with a value that this plugin would never write. */
function damagedProperties(server: Server, app: string): readonly string[] {
  const values = server.dokku.properties.all(app)
  const parsers = { given: parseGiven, seen: parseSeen }
  return Object.entries(parsers).flatMap(([key, parse]) => {
    try {
      parse(app, values[key])
      return []
    } catch (error) {
      if (error instanceof KnownError) return [key]
      throw error
    }
  })
}

/** Whether another command holds the lock of an app (see `applyTo`). */
async function isLocked({ runner, platform }: Server, app: string): Promise<boolean> {
  const tried = await runner.read('flock', ['-n', '-E', '9', join(platform.dokkuRoot, app), 'true'])
  return tried.exit === 9
}

/**
 * Whether another command is giving an app its caches: a run with the app's lock, or `apps:create`
 * before it has called this plugin. `now` in milliseconds since the epoch.
 */
async function isInProgress(server: Server, app: string, now: number): Promise<boolean> {
  const { properties } = server.dokku
  const { given, pending } = parseGiven(app, properties.get(app, 'given'))
  if (pending === null && given !== NOTHING_GIVEN) return false
  const createdAt = Number(properties.get(app, 'created-at', 'apps') ?? 0) * 1000
  return Math.abs(now - createdAt) < CREATING || isLocked(server, app)
}

/** Whether an app matches the plan without the new inspection of its image and processes. */
async function isAsRecorded(server: Server, app: string): Promise<boolean> {
  if (!server.seen?.has(app)) return false
  return (await planFor({ ...server, seen: new Map() }, app)).steps.length === 0
}

/** What earlier builds keep an app from. */
function buildNotes(server: Server, app: string): AppFacts['builds'] {
  const record = readRecord(server, app)
  const remedy = retryCommand(app)
  const stopped = (it: BuildRecord) =>
    `its builds do not use the caches: ${stoppedText(it)} (${suspectsText(it)})`
  return [
    ...(record?.state === 'stopped' ? [{ text: stopped(record), remedy }] : []),
    ...readLosses(server, app).map((loss) => ({ text: lossText(loss), remedy })),
  ]
}

/** The facts about an app, from its plan or the reason why it has none. */
async function factsOf(
  server: Server,
  app: string,
  planned: AppPlan | { readonly error: string },
  now: number,
): Promise<AppFacts> {
  const damaged = damagedProperties(server, app)
  const nothing = {
    plan: null,
    env: {},
    error: null,
    inProgress: false,
    isNewImage: false,
  }
  const facts = { app, damaged, builds: buildNotes(server, app), ...nothing }
  if (damaged.length > 0) return facts
  if ('error' in planned) return { ...facts, error: planned.error }
  if (planned.steps.length === 0) return { ...facts, plan: planned }
  return {
    ...facts,
    plan: planned,
    env: await server.dokku.env(app),
    inProgress: await isInProgress(server, app, now),
    isNewImage: await isAsRecorded(server, app),
  }
}

export interface ExaminedApps {
  /** The server with the new inspections of the apps' images: apply plans with this one. */
  readonly server: Server
  readonly apps: readonly AppFacts[]
}

/**
 * Compares apps with the plan of `setup`, images included. Changes nothing. `hasDocker` false plans
 * with earlier inspections of the images.
 */
export async function examineApps(
  context: Context,
  opened: Server,
  names: readonly string[],
  hasDocker: boolean,
): Promise<ExaminedApps> {
  const sound = names.filter((app) => damagedProperties(opened, app).length === 0)
  const server = hasDocker ? await inspectImages(context, opened, sound) : opened
  const now = context.now().getTime()
  const apps = await inParallel(names, WIDTH, async (app) => {
    context.log.progress(`checking ${app}`)
    return factsOf(server, app, await orError(() => planFor(server, app)), now)
  })
  context.log.progress('')
  return { server, apps }
}

function builderSeen(server: Server, app: string): string {
  try {
    return parseSeen(app, server.dokku.properties.get(app, 'seen'))?.builder ?? ''
  } catch (error) {
    // A damaged record is reported with the app.
    if (error instanceof KnownError) return ''
    throw error
  }
}

/** The builders of apps, as far as their images were inspected. */
export function builtApps(server: Server, apps: readonly string[]): readonly BuiltApp[] {
  return apps.map((app) => ({ app, builder: builderSeen(server, app) }))
}
