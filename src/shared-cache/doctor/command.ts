import { localCaches } from '../directories/host/names'
import { checkHost, directoryProblems } from './core/host'
import { needsGc } from './core/docker'
import type { Finding } from '../../foundation/core/findings'
import type { HostFacts } from './core/findings'
import { type AppFacts, checkApps } from './core/apps'
import {
  type BuildsFacts,
  type EngineFacts,
  checkBuilds,
  checkBuildsBeforeSetup,
} from './core/builds'
import { type BuiltApp, checkBuilders } from './core/builders'
import { EXIT } from '../../foundation/core/errors'
import { builtApps, examineApps } from './host/examine-apps'
import { examineBuilds, examineEngine } from './host/examine-builds'
import { examineHost } from './host/examine-host'
import { fixApps, fixBuilds, fixDirectories, fixGc } from './host/fix'
import { findingLines, verdict } from '../../foundation/output/findings'
import { noteRemedy, noteText } from '../apps/text'
import { cachesFor } from '../apps/host/directories'
import { checkFormat } from '../../foundation/cli/format'
import { type Server, chooseApps, isSetUp, openServer } from '../apps/host/server'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'

export interface DoctorOptions extends CommonOptions {
  readonly fix?: boolean
  readonly format: string
}

interface Examination {
  /** null on a machine without Dokku. */
  readonly server: Server | null
  readonly caches: readonly string[]
  readonly host: HostFacts
  readonly apps: readonly AppFacts[]
  /** null without Dokku or without Docker, and before the first setup. */
  readonly builds: BuildsFacts | null
  /** What the Engine provides for builds before the first setup; null otherwise. */
  readonly engine: EngineFacts | null
  readonly built: readonly BuiltApp[]
}

async function examineLocal(context: Context): Promise<Examination> {
  const caches = localCaches(context)
  const host = await examineHost(context, null, [], caches)
  const nothing = { apps: [], builds: null, engine: null, built: [] }
  return { server: null, caches, host, ...nothing }
}

async function examine(context: Context, app: string | undefined): Promise<Examination> {
  if (context.platform.kind === 'local') return examineLocal(context)
  const opened = openServer(context)
  const names = await chooseApps(opened, app ? [app] : [], app === undefined)
  const caches = cachesFor(opened, names)
  const host = await examineHost(context, opened, names, caches)
  const hasDocker = !('error' in host.docker)
  const found = { caches, host, apps: [], builds: null, engine: null, built: [] }
  if (!isSetUp(opened)) {
    // No app was given anything yet, so none lacks anything.
    const engine = hasDocker ? await examineEngine(opened, await context.engine()) : null
    return { ...found, server: opened, engine }
  }
  const { server, apps } = await examineApps(context, opened, names, hasDocker)
  const builds = hasDocker
    ? await examineBuilds(server, await context.engine(), context.env, names, caches)
    : null
  return { ...found, server, apps, builds, built: builtApps(server, names) }
}

function findingsOf({ host, apps, builds, engine, built }: Examination): readonly Finding[] {
  return [
    ...checkHost(host),
    ...(engine ? checkBuildsBeforeSetup(engine) : []),
    ...(builds ? checkBuilds(builds) : []),
    ...checkBuilders(built, host.nightly.chosen),
    ...(apps.length > 0
      ? checkApps(apps, (app, note) => ({ text: noteText(note), remedy: noteRemedy(app, note) }))
      : []),
  ]
}

/** Fixes what it can: directories, builds, apps, and for all apps Docker's own rules. */
async function fix(context: Context, found: Examination, app: string | undefined): Promise<void> {
  const { server, host, caches, apps } = found
  if (host.isSetUp && (await fixDirectories(context, directoryProblems(host), caches))) {
    if (server && found.builds) await fixBuilds(context, server)
    if (server) await fixApps(context, server, apps)
  }
  // With a named app, only that app is fixed, not Docker's configuration.
  if (app === undefined && host.gc && needsGc(host)) await fixGc(context, host.gc)
}

function report(context: Context, findings: readonly Finding[], json: boolean): number {
  const isWrong = findings.some(({ status }) => status === 'fail')
  if (json) {
    context.log.plain(JSON.stringify({ version: 1, ok: !isWrong, findings }))
  } else {
    const lines = findingLines(findings, (colour, text) => context.log.paint(colour, text))
    for (const line of lines) context.log.plain(`       ${line}`)
    context.log.step(verdict(findings))
  }
  return isWrong ? EXIT.failure : EXIT.ok
}

/** With JSON only the findings go to stdout, not the changes of `--fix`. */
function withoutProgress(context: Context): Context {
  const nothing = () => undefined
  return { ...context, log: { ...context.log, step: nothing, heading: nothing, detail: nothing } }
}

/**
 * Checks the host and its apps and prints how to fix problems. With `--fix` it fixes what it can and
 * checks again. Exits with 1 if something is wrong.
 */
export const doctor: Command<DoctorOptions, readonly [string | undefined]> = async (
  context,
  options,
  app,
) => {
  checkFormat(options.format, 'stdout', 'json')
  const json = options.format === 'json'
  let found = await examine(context, app)
  if (options.fix) {
    await fix(json ? withoutProgress(context) : context, found, app)
    found = await examine(context, app)
  }
  return report(context, findingsOf(found), json)
}
