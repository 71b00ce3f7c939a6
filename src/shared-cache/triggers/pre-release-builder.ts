import { KnownError } from '../../foundation/core/errors'
import type { AppState } from '../apps/core/app'
import { parseSeen } from '../apps/core/record'
import { appSettings } from '../properties/core/properties'
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
import { deployLines } from '../apps/text'
import { recordWithheld } from './buildpack-build'
import { recordFinish } from '../build-records/host/record'
import { tellFailedBuild, tellLosses } from '../build-records/text'
import type { Context } from '../../foundation/cli/command'

/**
 * Handles a tag that moved from one system to another. Deletes what builds stored in the directories of
 * the first one since `since`, in milliseconds since the epoch: it may belong to the second one.
 */
async function handleMovedTag(
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
    const { message } = knownError(thrown)
    context.log.warn(`shared-cache: these files were not deleted: ${message}`)
    context.log.warn('In a day, run: dokku shared-cache:prune --cache pip uv --max-size 0')
  }
}

/** Records the system of the Dockerfile's last base image: it is that of the image built on it. */
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
  if (before) await handleMovedTag(context, server, before, seen.system, context.now().getTime())
}

/** Inspects the base images of the other stages, at most once a day, and records their systems. */
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
    if ('system' in base) await handleMovedTag(context, server, base.before, base.system, looked)
    else context.log.warn(`shared-cache: ${reference} cannot be inspected: ${base.why}`)
  }
}

/**
 * Copies files of the image that a mount would hide. If this fails the app keeps its files and does not
 * get that cache. Returns whether anything was tried: then the app's state has changed.
 */
async function copyFiles(
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
    context.log.warn(`shared-cache: no files of the image can be copied: ${error.message}`)
    return true
  }
}

/** Copies the browsers of this build to the directory that the app's containers use, if it differs. */
async function copyBrowsers(
  context: Context,
  server: Server,
  app: string,
  built: string,
): Promise<void> {
  try {
    await followBrowsers(server, app, built)
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    context.log.warn(`shared-cache: the browsers of ${built} cannot be copied: ${error.message}`)
  }
}

/** Whether an app is excluded. One that still has caches, after a killed `disable`, is not skipped. */
function isExcluded({ dokku, settings }: Server, app: string): boolean {
  const values = dokku.properties.all(app)
  return !appSettings(values, settings).enabled && !values['given']
}

/** Inspects the deploy's image, and with its Dockerfile the base images. Returns the app's state. */
async function inspectDeploy(
  context: Context,
  server: Server,
  { app, image, builder }: Deploy,
  noted: NotedBuild | null,
): Promise<AppState> {
  const engine = await context.engine()
  // In parallel: the first response of the Engine takes a few milliseconds.
  const inspected = inspectImage(server, engine, app, image, builder)
  const asked = askDokku(server, app)
  asked.catch(() => undefined)
  await inspected
  if (noted) {
    await learnLast(context, server, app, noted)
    await learnOthers(context, server, app, noted)
  }
  return readAppState(server, app, builder, asked)
}

interface Deploy {
  readonly app: string
  readonly image: string
  readonly builder: string
}

/**
 * Runs when the image of a deploy is known and before its containers start. Decides the paths of the
 * caches in them, from the image and from the processes of the containers that they replace. Files and
 * variables of the image have priority.
 */
export async function preReleaseBuilder(
  context: Context,
  builder: string,
  app: string,
  image: string,
): Promise<void> {
  const server = openServer(context)
  if (!isSetUp(server)) return
  const { message, about, losses } = await recordFinish(server, app)
  tellFailedBuild(context.log, app, message, about)
  tellLosses(context.log, app, losses)
  if (isExcluded(server, app)) return
  const noted = builder === 'dockerfile' ? notedBuild(server, app) : null
  const browsers = noted?.browsers ?? null

  const state = await inspectDeploy(context, server, { app, image, builder }, noted)
  const isChanged = await copyFiles(context, server, state, image)
  if (browsers !== null) await copyBrowsers(context, server, app, browsers)
  // Containers look where the build looked: what it installed elsewhere is in the image.
  const isRecorded = await recordWithheld(server, app, builder, false)
  const plan = await applyTo(server, app, builder, isChanged || isRecorded ? undefined : state)

  for (const line of deployLines(plan)) context.log.step(line)
  const missing = browsers === null ? null : await missingBrowsers(server, app)
  if (missing !== null) context.log.warn(`shared-cache: no browsers for ${app}, ${missing}`)
}
