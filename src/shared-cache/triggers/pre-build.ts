import { type BuildFacts, type Rewriting, planRewriting } from '../dockerfile/core/rewrite'
import { KnownError } from '../../foundation/core/errors'
import { effective, givesBuilds } from '../settings/core/settings'
import type { Server } from '../apps/host/server'
import {
  elsewhere,
  frontendFor,
  obstacle,
  readBehind,
  readBuildFile,
  replaceBuildFile,
} from '../dockerfile/host/gate'
import { inspectEngine } from '../devices/host/engine'
import { buildFacts, readBuildOptions } from '../dockerfile/host/dockerfile'
import { givesDevices } from '../devices/host/specification'
import { browserFacts } from '../dockerfile/host/playwright'
import { MountsRefused } from '../devices/host/cache-mounts'
import { forgetRewriting, noteRewriting } from '../dockerfile/host/rewritten'
import { noMountsLine, tellBuild, tellNoCaches } from '../dockerfile/deploy-text'
import { isSetUp, openServer } from '../apps/host/server'
import type { Context } from '../../foundation/cli/command'

type Given = Omit<BuildFacts, 'browsers' | 'buildArgs'>

/** What the builds of an app have; null where they are left alone. */
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

/** Takes requests for our devices out of a file that gets none; one that is damaged stays. */
function withoutRequests(context: Context, directory: string, text: string): void {
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

/** Gives the steps their caches. Gives back whether the file needs its frontend now. */
async function giveCaches(
  context: Context,
  { server, app, directory }: Deploy,
  text: string,
  given: Given,
): Promise<boolean> {
  const frontend = effective('frontend', {}, server.settings)
  // Asked while Dokku is: what the Engine answers counts only where something is given.
  const look = context.engine().then((engine) => inspectEngine(engine, frontend))
  look.catch(() => undefined)
  const [options, appEnv] = await Promise.all([
    readBuildOptions(server, app),
    server.dokku.env(app),
  ])
  const { buildArgs, target } = options
  const browsers = given.caches.includes('playwright')
    ? await browserFacts(server, look, app, text, target)
    : null
  const plan = planRewriting(text, { ...given, browsers, buildArgs })
  const isGiven = plan.devices.length > 0
  if (isGiven) {
    const build = { app, group: given.group ?? '', now: context.now() }
    const problem =
      elsewhere(context.env, appEnv, options) ?? (await obstacle(server, await look, plan, build))
    if (problem !== null) throw new KnownError(problem.why, problem)
    const used = await frontendFor(server, context.env, await look, plan, frontend)
    await noteRewriting(server, app, {
      frontend: used,
      base: target === '' ? plan.finalBase : null,
      browsers: plan.speaksOfBrowsers ? 'own' : plan.browsers,
      others: target === '' && options.platform === '' ? plan.otherBases : [],
      allowed: givesDevices((await look).info) ? plan.devices : [],
    })
  }
  if (plan.text !== text) replaceBuildFile(directory, plan.text)
  tellBuild(context.log, plan)
  return isGiven
}

/** The same without its other cache mounts, where the host cannot have them. */
async function giveOrLess(
  context: Context,
  deploy: Deploy,
  text: string,
  given: Given,
): Promise<boolean> {
  try {
    return await giveCaches(context, deploy, text, given)
  } catch (error) {
    if (!(error instanceof MountsRefused)) throw error
    context.log.step(noMountsLine(error.message))
    return giveCaches(context, deploy, text, { ...given, cacheMounts: 'known' })
  }
}

/** Rewrites the file, or says why not. Gives back whether it needs its frontend now. */
async function rewrite(context: Context, deploy: Deploy): Promise<boolean> {
  const given = givenTo(deploy.server, deploy.app)
  let text: string | null = null
  try {
    text = readBuildFile(deploy.directory)
    if (given) return await giveOrLess(context, deploy, text, given)
    withoutRequests(context, deploy.directory, text)
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    if (given) tellNoCaches(context.log, error.message, error.hint)
    const behind = text ?? readBehind(deploy.directory)
    if (behind !== null) withoutRequests(context, deploy.directory, behind)
  }
  return false
}

/**
 * Gives the steps of the Dockerfile that is about to be built their caches. Everything that they need
 * is looked at first; whatever is missing, the build goes on as without the plugin, with a line that
 * says why.
 */
export async function preBuild(
  context: Context,
  builder: string,
  app: string,
  directory: string,
): Promise<void> {
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
