import { type BuildFacts, type Rewriting, planRewriting } from '../dockerfile/core/rewrite'
import { KnownError } from '../../foundation/core/errors'
import { effective, givesBuilds } from '../properties/core/properties'
import type { Server } from '../apps/host/server'
import {
  elsewhere,
  frontendFor,
  obstacle,
  readBehind,
  readBuildFile,
  replaceBuildFile,
  unusableFor,
} from '../dockerfile/host/gate'
import type { Unusable } from '../directories/core/usable'
import { inspectEngine } from '../devices/host/engine'
import { buildFacts, readBuildOptions } from '../dockerfile/host/dockerfile'
import { givesDevices } from '../devices/host/specification'
import { browserFacts } from '../dockerfile/host/playwright'
import { MountsRefused } from '../devices/host/cache-mounts'
import { forgetRewriting, noteRewriting } from '../dockerfile/host/rewritten'
import { leftOutLine, noMountsLine, tellBuild, tellNoCaches } from '../dockerfile/deploy-text'
import { BUILDPACK_BUILDERS } from '../apps/core/app'
import type { Suspect } from '../build-records/core/record'
import { recordSkip, recordStart } from '../build-records/host/record'
import { tellFailedBuild, tellLosses } from '../build-records/text'
import { isSetUp, openServer } from '../apps/host/server'
import { cachesOf, readBuildpackBuild } from './buildpack-build'
import type { Context } from '../../foundation/cli/command'

type Given = Omit<BuildFacts, 'browsers' | 'buildArgs'>

/** What builds of an app get; null for nothing. */
function givenTo(server: Server, app: string): Given | null {
  const values = server.dokku.properties.all(app)
  const global = server.settings
  if (!givesBuilds(values, global)) return null
  const given = buildFacts(server, values)
  return given.caches.length > 0 || given.cacheMounts === 'all' ? given : null
}

function readable(text: string, facts: BuildFacts): Rewriting | null {
  try {
    return planRewriting(text, facts)
  } catch (error) {
    if (error instanceof KnownError) return null
    throw error
  }
}

/**
 * Removes requests for this plugin's devices from the original file. A file that cannot be parsed is
 * not changed.
 */
function removeRequests(context: Context, directory: string, text: string): void {
  const facts: BuildFacts = { caches: [], browsers: null, buildArgs: new Map() }
  const plan = readable(text, facts)
  if (!plan || plan.text === text) return
  replaceBuildFile(directory, plan.text)
  tellBuild(context.log, plan)
}

interface Deploy {
  readonly server: Server
  readonly app: string
  readonly directory: string
}

/** The plan for a file that will be built. */
interface BuildPlan {
  readonly rewriting: Rewriting
  /** What the rest of the deploy needs to know; null for a file that gets nothing. */
  readonly note: Parameters<typeof noteRewriting>[2] | null
  /** Caches that steps would get if their directories were right. */
  readonly leftOut: readonly Unusable[]
}

/** The same without what is said about some caches: the log says why they are left out. */
function withoutWords(rewriting: Rewriting, left: ReadonlySet<string>): Rewriting {
  const steps = rewriting.steps.map((step) => ({
    ...step,
    withheld: step.withheld.filter(({ cache }) => !left.has(cache)),
  }))
  return { ...rewriting, steps }
}

/** Plans a file, with those caches alone that can be used now. */
async function planUsable(
  { server }: Deploy,
  text: string,
  facts: BuildFacts,
): Promise<Pick<BuildPlan, 'rewriting' | 'leftOut'>> {
  const rewriting = planRewriting(text, facts)
  const leftOut = await unusableFor(server, rewriting, facts.group ?? '')
  if (leftOut.length === 0) return { rewriting, leftOut }
  const left = new Set(leftOut.flatMap(({ caches }) => caches))
  const caches = facts.caches.filter((cache) => !left.has(cache))
  return { rewriting: withoutWords(planRewriting(text, { ...facts, caches }), left), leftOut }
}

/** Decides what the steps of a file get. Throws KnownError if they cannot get it now. */
async function planBuild(
  context: Context,
  { server, app, directory }: Deploy,
  text: string,
  given: Given,
): Promise<BuildPlan> {
  const { env } = context
  const frontend = effective('frontend', {}, server.settings)
  // In parallel with Dokku. An Engine that cannot be reached matters only if the file gets something.
  const asked = context.engine().then((engine) => inspectEngine(engine, frontend))
  asked.catch(() => undefined)
  const [options, appEnv] = await Promise.all([
    readBuildOptions(server, app),
    server.dokku.env(app),
  ])
  const { buildArgs, target, platform } = options
  const browsers = given.caches.includes('playwright')
    ? await browserFacts(server, asked, app, text, target)
    : null

  const facts = { ...given, browsers, buildArgs }
  const { rewriting, leftOut } = await planUsable({ server, app, directory }, text, facts)
  if (rewriting.devices.length === 0) return { rewriting, note: null, leftOut }
  const build = { app, group: given.group ?? '', now: context.now() }
  const engine = async () => obstacle(server, await asked, rewriting, build)
  const problem = elsewhere(env, appEnv, options) ?? (await engine())
  if (problem !== null) throw new KnownError(problem.why, problem)
  const state = await asked
  return {
    rewriting,
    leftOut,
    note: {
      frontend: await frontendFor(server, env, state, rewriting, frontend),
      base: target === '' ? rewriting.finalBase : null,
      browsers: rewriting.speaksOfBrowsers ? 'own' : rewriting.browsers,
      others: target === '' && platform === '' ? rewriting.otherBases : [],
      allowed: givesDevices(state.info) ? rewriting.devices : [],
    },
  }
}

/** Like `planBuild`, but without the file's other cache mounts if they cannot move to shared storage. */
async function planBuildOrLess(
  context: Context,
  deploy: Deploy,
  text: string,
  given: Given,
): Promise<BuildPlan> {
  try {
    return await planBuild(context, deploy, text, given)
  } catch (error) {
    if (!(error instanceof MountsRefused)) throw error
    context.log.step(noMountsLine(error.message))
    return planBuild(context, deploy, text, { ...given, cacheMounts: 'known' })
  }
}

/** The steps that get caches. */
function suspectsIn({ steps }: Rewriting): readonly Suspect[] {
  return steps.flatMap(({ line, key, summary, given, mounts }) => {
    const moved = mounts.filter(({ why }) => why === null).map(({ target }) => target)
    const caches = [...given.map(({ cache }) => cache), ...moved]
    return caches.length === 0 ? [] : [{ step: `line ${line} (${summary})`, key, caches }]
  })
}

/** Whether a build may have its caches: not where the last one had them and did not finish. */
async function mayHaveCaches(
  context: Context,
  server: Server,
  app: string,
  suspects: readonly Suspect[],
): Promise<boolean> {
  const { gives, message, about, losses } = await recordStart(server, app, suspects, context.now())
  tellLosses(context.log, app, losses)
  tellFailedBuild(context.log, app, message, about)
  return gives
}

/** Applies a plan. Returns whether the file now needs this plugin's frontend. */
async function applyBuild(
  context: Context,
  { server, app, directory }: Deploy,
  text: string,
  { rewriting, note, leftOut }: BuildPlan,
): Promise<boolean> {
  if (note === null) await recordSkip(server, app)
  else if (!(await mayHaveCaches(context, server, app, suspectsIn(rewriting)))) {
    removeRequests(context, directory, text)
    return false
  }
  if (note) await noteRewriting(server, app, note)
  if (rewriting.text !== text) replaceBuildFile(directory, rewriting.text)
  tellBuild(context.log, rewriting)
  for (const left of leftOut) context.log.step(leftOutLine(left))
  return note !== null
}

/** Rewrites the file, or logs why not. Returns whether it now needs this plugin's frontend. */
async function rewrite(context: Context, deploy: Deploy): Promise<boolean> {
  const given = givenTo(deploy.server, deploy.app)
  let text: string | null = null
  try {
    text = readBuildFile(deploy.directory)
    if (given) {
      const plan = await planBuildOrLess(context, deploy, text, given)
      return await applyBuild(context, deploy, text, plan)
    }
    await recordSkip(deploy.server, deploy.app)
    removeRequests(context, deploy.directory, text)
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    await recordSkip(deploy.server, deploy.app)
    if (given) tellNoCaches(context.log, error.message, error.hint)
    const behind = text ?? readBehind(deploy.directory)
    if (behind !== null) removeRequests(context, deploy.directory, behind)
  }
  return false
}

/** A build of herokuish or pack, whose caches `docker-args-build` gives. */
async function preBuildpack(context: Context, builder: string, app: string): Promise<void> {
  const server = openServer(context)
  if (!isSetUp(server)) return
  const caches = cachesOf(await readBuildpackBuild(server, app, builder))
  if (caches.length === 0) return recordSkip(server, app)
  const suspects = [{ step: `the ${builder} build`, key: builder, caches }]
  await mayHaveCaches(context, server, app, suspects)
}

/**
 * Gives caches to the steps of the Dockerfile that will be built. First inspects everything that they
 * need. If something is missing, the build continues without the caches, and the log says why.
 */
export async function preBuild(
  context: Context,
  builder: string,
  app: string,
  directory: string,
): Promise<void> {
  if (BUILDPACK_BUILDERS.includes(builder)) return preBuildpack(context, builder, app)
  if (builder !== 'dockerfile') return
  const server = openServer(context)
  if (!isSetUp(server)) return
  let isRewritten = false
  try {
    isRewritten = await rewrite(context, { server, app, directory })
  } finally {
    if (!isRewritten) await forgetRewriting(server, app)
  }
}
