import { DEFAULT_CACHES } from '../catalogue/core/catalogue'
import { checkHost } from './core/host'
import { needsGc } from './core/docker'
import type { Finding, HostFacts } from './core/findings'
import { type AppFacts, checkApps } from './core/apps'
import { type BuildsFacts, checkBuilds } from './core/builds'
import { type BuiltApp, checkBuilders } from './core/builders'
import { EXIT, KnownError } from '../../foundation/core/errors'
import type { Site } from '../apps/host/apply'
import { examineApp, examineHost } from './host/examine'
import { builtApps, examineBuilds } from './host/examine-builds'
import { callHelper } from '../../foundation/helper/call'
import { inParallel } from '../../foundation/process/parallel'
import { findingLines, verdict } from './text'
import { noteText } from '../apps/text'
import { applyAll, tellPlan } from '../apps/host/apply-all'
import { prepareBuilds } from '../dockerfile/host/prepare'
import { cachesFor, makeDirectories, tellProblems } from '../apps/host/directories'
import { checkFormat, chooseApps, isSetUp, openSite } from '../apps/host/context'
import type { Command, CommonOptions, World } from '../../foundation/cli/command'

export interface DoctorOptions extends CommonOptions {
  readonly fix?: boolean
  readonly format: string
}

interface Examination {
  readonly site: Site | null
  readonly caches: readonly string[]
  readonly host: HostFacts
  readonly apps: readonly AppFacts[]
  /** null where no build can have the caches: no setup, no Docker. */
  readonly builds: BuildsFacts | null
  readonly built: readonly BuiltApp[]
}

/** Two apps at once use both cores of a small server. */
const WIDTH = 2

async function examine(world: World, app: string | undefined): Promise<Examination> {
  const site = world.platform.kind === 'dokku' ? openSite(world) : null
  const names = site ? await chooseApps(site, app ? [app] : [], app === undefined) : []
  const caches = site ? cachesFor(site, names) : DEFAULT_CACHES
  const host = await examineHost(world, site, names, caches)
  // Before the first setup no app is given anything, and none lacks anything.
  const looked = site && isSetUp(site) ? names : []
  const apps = await inParallel(looked, WIDTH, async (name) => {
    world.log.progress(`looking at ${name}`)
    return examineApp(site as Site, name)
  })
  world.log.progress('')
  const canAsk = site !== null && isSetUp(site) && !('error' in host.docker)
  const builds = canAsk
    ? await examineBuilds(site, await world.engine(), world.env, names, caches)
    : null
  const built = site ? builtApps(site, looked) : []
  return { site, caches, host, apps, builds, built }
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
async function forgetDamaged(site: Site, apps: readonly AppFacts[]): Promise<readonly AppFacts[]> {
  const again = apps.map(async (facts) => {
    for (const key of facts.damaged) await site.dokku.properties.unset(facts.app, key)
    return facts.damaged.length > 0 ? examineApp(site, facts.app) : facts
  })
  return Promise.all(again)
}

/** Mends what the plan can mend: directories, and mounts and variables of apps. */
async function mend(world: World, found: Examination): Promise<void> {
  const { site, host, caches } = found
  if (!host.isSetUp) return
  if (host.directories.some(({ kind }) => kind === 'in the way')) {
    world.log.warn('Something is in the way of a directory: move it first, nothing was mended')
    return
  }
  if (site) tellProblems(world, site, host.directories)
  await makeDirectories(world, host.directories, caches)
  if (!site) return
  if (found.builds) await prepareBuilds(world, site, (line) => world.log.warn(line))
  const apps = await forgetDamaged(site, found.apps)
  const plans = apps.flatMap(({ plan }) => (plan ? [plan] : []))
  for (const plan of plans) if (plan.steps.length > 0) tellPlan(world, plan)
  await applyAll(world, site, plans)
}

/** Writes the rule for Docker's build cache that leaves room for the budgets. */
async function mendGc({ runner, log }: World, host: HostFacts): Promise<void> {
  const { gc } = host
  if (!gc || !needsGc(host)) return
  const { maxBytes, minFree, diskBytes } = gc.budgets
  const sizes = [maxBytes ?? diskBytes, minFree ?? 0].map(String)
  try {
    const { stdout } = await callHelper(runner, 'write', ['gc', gc.engine, ...sizes])
    const { copy } = JSON.parse(stdout) as { copy: string | null }
    log.heading("Docker's daemon.json has a rule for its build cache, from its next start on")
    if (copy) log.detail(`what was there is in ${copy}`)
  } catch (error) {
    // One thing that cannot be mended keeps nothing else from it.
    if (!(error instanceof KnownError)) throw error
    log.warn(error.message)
  }
}

/**
 * Checks the host and its apps, a line each, with the remedy. With `--fix` it mends what the plan can
 * mend first, and checks again. Exit 1 when something is wrong.
 */
export const doctor: Command<DoctorOptions, readonly [string | undefined]> = async (
  world,
  options,
  app,
) => {
  checkFormat(options.format, 'stdout', 'json')
  const json = options.format === 'json'
  // What is mended is told on the way, which would not be JSON.
  const quiet = json
    ? { ...world.log, heading: () => undefined, detail: () => undefined }
    : world.log
  let found = await examine(world, app)
  if (options.fix) {
    await mend({ ...world, log: quiet }, found)
    // Who names an app means that one, not Docker's settings.
    if (app === undefined) await mendGc({ ...world, log: quiet }, found.host)
    found = await examine(world, app)
  }
  const list = findings(found)
  const isWrong = list.some(({ status }) => status === 'fail')
  if (json) {
    world.log.plain(JSON.stringify({ version: 1, ok: !isWrong, findings: list }))
  } else {
    for (const line of findingLines(list)) world.log.plain(`       ${line}`)
    world.log.step(verdict(list))
  }
  return isWrong ? EXIT.failure : EXIT.ok
}
