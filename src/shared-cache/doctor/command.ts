import { DEFAULT_CACHES } from '../catalogue/core/catalogue'
import { checkHost } from './core/host'
import { needsGc } from './core/docker'
import type { Finding, HostFacts } from './core/findings'
import { type AppFacts, checkApps } from './core/apps'
import { type BuildsFacts, checkBuilds } from './core/builds'
import { type BuiltApp, checkBuilders } from './core/builders'
import { EXIT, KnownError } from '../../foundation/core/errors'
import type { Server } from '../apps/host/server'
import { examineApp, examineHost } from './host/examine'
import { builtApps, examineBuilds } from './host/examine-builds'
import { callHelper } from '../../foundation/helper/call'
import { inParallel } from '../../foundation/process/parallel'
import { findingLines, verdict } from './text'
import { noteText } from '../apps/text'
import { applyAll, tellPlan } from '../apps/host/apply-all'
import { prepareBuilds } from '../dockerfile/host/prepare'
import { cachesFor, makeDirectories, tellProblems } from '../apps/host/directories'
import { checkFormat } from '../../foundation/cli/format'
import { chooseApps, isSetUp, openServer } from '../apps/host/server'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'

export interface DoctorOptions extends CommonOptions {
  readonly fix?: boolean
  readonly format: string
}

interface Examination {
  readonly server: Server | null
  readonly caches: readonly string[]
  readonly host: HostFacts
  readonly apps: readonly AppFacts[]
  /** null where no build can have the caches: no setup, no Docker. */
  readonly builds: BuildsFacts | null
  readonly built: readonly BuiltApp[]
}

/** Two apps at once use both cores of a small server. */
const WIDTH = 2

async function examine(context: Context, app: string | undefined): Promise<Examination> {
  const server = context.platform.kind === 'dokku' ? openServer(context) : null
  const names = server ? await chooseApps(server, app ? [app] : [], app === undefined) : []
  const caches = server ? cachesFor(server, names) : DEFAULT_CACHES
  const host = await examineHost(context, server, names, caches)
  // Before the first setup no app is given anything, and none lacks anything.
  const looked = server && isSetUp(server) ? names : []
  const apps = await inParallel(looked, WIDTH, async (name) => {
    context.log.progress(`looking at ${name}`)
    return examineApp(server as Server, name)
  })
  context.log.progress('')
  const canAsk = server !== null && isSetUp(server) && !('error' in host.docker)
  const builds = canAsk
    ? await examineBuilds(server, await context.engine(), context.env, names, caches)
    : null
  const built = server ? builtApps(server, looked) : []
  return { server, caches, host, apps, builds, built }
}

function findings({ host, apps, builds, built }: Examination): readonly Finding[] {
  return [
    ...checkHost(host),
    ...(builds ? checkBuilds(builds) : []),
    ...checkBuilders(built, host.nightly.chosen),
    ...(apps.length > 0 ? checkApps(apps, noteText) : []),
  ]
}

/** Forgets records that hold nonsense, so that the plan for the app can be made again. */
async function forgetDamaged(
  server: Server,
  apps: readonly AppFacts[],
): Promise<readonly AppFacts[]> {
  const again = apps.map(async (facts) => {
    for (const key of facts.damaged) await server.dokku.properties.unset(facts.app, key)
    return facts.damaged.length > 0 ? examineApp(server, facts.app) : facts
  })
  return Promise.all(again)
}

/** Mends what the plan can mend: directories, and mounts and variables of apps. */
async function mend(context: Context, found: Examination): Promise<void> {
  const { server, host, caches } = found
  if (!host.isSetUp) return
  if (host.directories.some(({ kind }) => kind === 'in the way')) {
    context.log.warn('Something is in the way of a directory: move it first, nothing was mended')
    return
  }
  if (server) tellProblems(context, server, host.directories)
  await makeDirectories(context, host.directories, caches)
  if (!server) return
  if (found.builds) await prepareBuilds(context, server, (line) => context.log.warn(line))
  const apps = await forgetDamaged(server, found.apps)
  const plans = apps.flatMap(({ plan }) => (plan ? [plan] : []))
  for (const plan of plans) if (plan.steps.length > 0) tellPlan(context, plan)
  await applyAll(context, server, plans)
}

/** Writes the rule for Docker's build cache that leaves room for the budgets. */
async function mendGc(context: Context, host: HostFacts): Promise<void> {
  const { gc } = host
  if (!gc || !needsGc(host)) return
  const { maxBytes, minFree, diskBytes } = gc.budgets
  const sizes = [maxBytes ?? diskBytes, minFree ?? 0].map(String)
  try {
    const { stdout } = await callHelper(context, 'write', ['gc', gc.engine, ...sizes])
    const { copy } = JSON.parse(stdout) as { copy: string | null }
    context.log.heading(
      "Docker's daemon.json has a rule for its build cache, from its next start on",
    )
    if (copy) context.log.detail(`what was there is in ${copy}`)
  } catch (error) {
    // One thing that cannot be mended keeps nothing else from it.
    if (!(error instanceof KnownError)) throw error
    context.log.warn(error.message)
  }
}

/**
 * Checks the host and its apps, a line each, with the remedy. With `--fix` it mends what the plan can
 * mend first, and checks again. Exit 1 when something is wrong.
 */
export const doctor: Command<DoctorOptions, readonly [string | undefined]> = async (
  context,
  options,
  app,
) => {
  checkFormat(options.format, 'stdout', 'json')
  const json = options.format === 'json'
  // What is mended is told on the way, which would not be JSON.
  const quiet = json
    ? { ...context.log, heading: () => undefined, detail: () => undefined }
    : context.log
  let found = await examine(context, app)
  if (options.fix) {
    await mend({ ...context, log: quiet }, found)
    // Who names an app means that one, not Docker's settings.
    if (app === undefined) await mendGc({ ...context, log: quiet }, found.host)
    found = await examine(context, app)
  }
  const list = findings(found)
  const isWrong = list.some(({ status }) => status === 'fail')
  if (json) {
    context.log.plain(JSON.stringify({ version: 1, ok: !isWrong, findings: list }))
  } else {
    for (const line of findingLines(list)) context.log.plain(`       ${line}`)
    context.log.step(verdict(list))
  }
  return isWrong ? EXIT.failure : EXIT.ok
}
