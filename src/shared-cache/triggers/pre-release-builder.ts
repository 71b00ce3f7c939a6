import { KnownError } from '../../foundation/core/errors'
import type { AppState } from '../apps/core/app'
import { parseSeen } from '../apps/core/record'
import { appSettings } from '../settings/core/settings'
import type { Server } from '../apps/host/server'
import { applyTo } from '../apps/host/apply'
import { cacheNamed } from '../catalogue/core/catalogue'
import { followBrowsers, missingBrowsers } from '../dockerfile/host/playwright'
import type { KnownBase } from '../devices/core/bases'
import { learnBase } from '../devices/host/devices'
import { learnStages } from '../dockerfile/host/stage-bases'
import { askDokku, readAppState } from '../apps/host/state'
import { inspectImage } from '../apps/host/inspect'
import { copyFromImage } from '../image-copy/host/from-image'
import { forgetBuilt } from '../inventory/host/moved-tag'
import { type NotedBuild, notedBuild } from '../dockerfile/host/rewritten'
import { knownError } from '../../foundation/process/system-error'
import { isSetUp, openServer } from '../apps/host/server'
import { movedLine } from '../dockerfile/deploy-text'
import { copyLine } from '../image-copy/text'
import { tellPlan } from '../apps/host/apply-all'
import type { Context } from '../../foundation/cli/command'

/** What builds have left for a system that a tag stood for, and stands for no more, goes. */
async function moved(
  context: Context,
  server: Server,
  { reference, system: from }: KnownBase,
  to: string,
  since: number,
): Promise<void> {
  if (from === '') return
  context.log.step(movedLine(reference, from, to))
  try {
    await forgetBuilt(server, from, since)
  } catch (thrown) {
    context.log.warn(`shared-cache: it stays there, ${knownError(thrown).message}`)
    context.log.warn('In a day, run: dokku shared-cache:prune --cache pip uv --max-size 0')
  }
}

/**
 * The base of a Dockerfile is of the same system as the image that was built on it. Where its tag has
 * moved to another system, what that build left for the first one goes.
 */
async function learnLast(
  context: Context,
  server: Server,
  app: string,
  { base, speaks }: NotedBuild,
): Promise<void> {
  const seen = parseSeen(app, server.dokku.properties.get(app, 'seen'))
  if (base === null || !seen || seen.system === '') return
  const sets = seen.env[cacheNamed('playwright').location.name] !== undefined
  const plain = sets && speaks ? null : !sets
  const before = await learnBase(server, base, { system: seen.system, plain })
  if (before) await moved(context, server, before, seen.system, context.now().getTime())
}

/** The images that other stages begin with are looked at themselves, once a day at most. */
async function learnOthers(
  context: Context,
  server: Server,
  app: string,
  { others }: NotedBuild,
): Promise<void> {
  const now = context.now().getTime()
  const docker = context.env['DOCKER_BIN'] || 'docker'
  for (const base of await learnStages(server, docker, app, others, now)) {
    const { reference, looked = now } = base.before
    if ('system' in base) await moved(context, server, base.before, base.system, looked)
    else context.log.warn(`shared-cache: ${reference} cannot be looked at, ${base.why}`)
  }
}

/**
 * Copies what a mount would hide. Where that fails the app keeps it, and goes without that cache. Gives
 * back whether anything was copied.
 */
async function take(
  context: Context,
  server: Server,
  state: AppState,
  image: string,
): Promise<boolean> {
  try {
    const outcomes = await copyFromImage(server, await context.engine(), state, image)
    for (const outcome of outcomes) {
      const line = copyLine(outcome)
      if (line !== null) context.log.step(line)
    }
    return outcomes.length > 0
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    context.log.warn(`shared-cache: nothing is copied from the image, ${error.message}`)
    return true
  }
}

/** Copies the browsers of this build to where the containers look, where that is another place. */
async function follow(context: Context, server: Server, app: string, built: string): Promise<void> {
  try {
    await followBrowsers(server, app, built)
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    context.log.warn(`shared-cache: the browsers of ${built} cannot be copied: ${error.message}`)
  }
}

/** Whether an app was left out; what a `disable` that was killed has not taken away is to be. */
function isLeftOut({ dokku, settings }: Server, app: string): boolean {
  const values = dokku.properties.all(app)
  return !appSettings(values, settings).enabled && !values['given']
}

/**
 * The image of this deploy is known and its containers are not started yet: now it is decided where
 * they see the caches, by the image and by the processes of those that they replace, and what the
 * image itself holds or sets is respected.
 */
export async function preReleaseBuilder(
  context: Context,
  builder: string,
  app: string,
  image: string,
): Promise<void> {
  const server = openServer(context)
  if (!isSetUp(server) || isLeftOut(server, app)) return
  const engine = await context.engine()
  // Both at once: the Engine takes some milliseconds for its first answer.
  const looked = inspectImage(server, engine, app, image, builder)
  const asked = askDokku(server, app)
  asked.catch(() => undefined)
  await looked
  const noted = builder === 'dockerfile' ? notedBuild(server, app) : null
  if (noted) {
    await learnLast(context, server, app, noted)
    await learnOthers(context, server, app, noted)
  }
  const state = await readAppState(server, app, builder, asked)
  const isOther = await take(context, server, state, image)
  const browsers = noted?.browsers ?? null
  if (browsers !== null) await follow(context, server, app, browsers)
  const plan = await applyTo(server, app, builder, isOther ? undefined : state)
  if (plan.steps.length > 0) tellPlan(context, plan)
  const missing = browsers === null ? null : await missingBrowsers(server, app)
  if (missing !== null) context.log.warn(`shared-cache: no browsers for ${app}, ${missing}`)
}
