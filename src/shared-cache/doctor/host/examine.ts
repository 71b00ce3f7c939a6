import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type DiskSpace, resolveBudgets } from '../../budgets/core/budgets'
import { BUILD_CACHE } from '../../report/core/history'
import type { DockerFacts, HostFacts } from '../core/findings'
import type { AppFacts } from '../core/apps'
import { KnownError } from '../../../foundation/core/errors'
import { type FileSystem, fileSystemOf } from '../../directories/core/file-system'
import { parseGiven, parseSeen } from '../../apps/core/record'
import type { NightlyMode } from '../../buildkit/core/nightly'
import {
  budgetSettings,
  cacheBudgetSettings,
  effective,
  invalidValues,
} from '../../settings/core/settings'
import { version } from '../../../../package.json'
import type { Server } from '../../apps/host/server'
import { planFor } from '../../apps/host/apply'
import type { Host } from '../../../foundation/cli/command'
import { checkCaches, realRootOf } from '../../directories/host/caches'
import { readDaemonJson } from '../../buildkit/host/daemon-json'
import { readIfThere } from '../../../foundation/files/replace-file'
import { diskOf } from '../../../foundation/files/disk'
import type { Engine } from '../../../foundation/docker/engine'
import { engineDisk } from '../../buildkit/host/engine-disk'
import { findAddress } from '../../../foundation/docker/engine/address'
import { callHelper } from '../../../foundation/helper/call'
import { readHistory } from '../../report/host/history'
import { readNightly } from '../../buildkit/host/nightly'
import type { Platform } from '../../../foundation/platform'
import { codeOf } from '../../../foundation/files/walker'

/** A machine, with what it takes to ask Docker. */
export interface Examined extends Host {
  readonly env: NodeJS.ProcessEnv
  readonly engine: () => Promise<Engine>
}

/** The answer of something that may fail in a way that a person can act on. */
async function orError<Answer>(ask: () => Promise<Answer>): Promise<Answer | { error: string }> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof KnownError) return { error: error.message }
    throw error
  }
}

async function dockerFacts({ engine }: Examined): Promise<DockerFacts> {
  const { ServerVersion, SecurityOptions } = await (await engine()).info()
  return { version: ServerVersion, securityOptions: SecurityOptions }
}

/** Docker's address where that is another machine; null for this one, and for one that is none. */
function remoteDocker(env: NodeJS.ProcessEnv): string | null {
  try {
    const address = findAddress(env)
    if (address.kind === 'unix') return null
    const isHere = address.kind === 'tcp' && /^(localhost|127\.|::1$)/.test(address.host)
    return isHere ? null : address.name
  } catch (error) {
    // An address that is none is said by asking Docker itself.
    if (error instanceof KnownError) return null
    throw error
  }
}

function dokkuVersion(platform: Platform): string | null {
  if (platform.kind === 'local') return null
  const read = (name: string) => readIfThere(join(platform.libRoot, name))
  return (read('STABLE_VERSION') || read('VERSION') || '').trim().replace(/^v/, '') || null
}

/** The file system of a path, or of the next directory above it that is there. */
function fileSystemAt(path: string): FileSystem | undefined {
  try {
    return fileSystemOf(readFileSync('/proc/self/mountinfo', 'utf8'), realpathSync(path))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) return undefined
    return fileSystemAt(dirname(path))
  }
}

async function helperFacts(host: Host) {
  if (host.platform.kind === 'local') return null
  return orError(async () => {
    const { stdout } = await callHelper(host, 'read', ['version'])
    return JSON.parse(stdout) as { version: string; root: string }
  })
}

/** Copies of the plugin that a second install of a tarball left inside the plugin. */
function nestedCopies(platform: Platform): readonly string[] {
  if (platform.kind === 'local') return []
  const plugin = join(platform.pluginPath, platform.plugin.name)
  if (!existsSync(plugin)) return []
  return readdirSync(plugin)
    .map((name) => join(plugin, name))
    .filter((path) => existsSync(join(path, 'plugin.toml')))
}

/** Values that are nonsense, of all apps together and of each of these. */
function invalidSettings(server: Server | null, apps: readonly string[]) {
  if (!server) return []
  return ['--global', ...apps].flatMap((app) =>
    invalidValues(server.dokku.properties.all(app)).map((found) => ({ app, ...found })),
  )
}

function nightlyFacts(server: Server | null): HostFacts['nightly'] {
  if (!server) return { through: null, forced: false, chosen: 'dokku', inPlace: true }
  const chosen = effective('nightly-prune', {}, server.settings) as NightlyMode
  return { chosen, ...readNightly(chosen) }
}

/** Docker's own rules; of a Dokku whose Docker is on this machine. */
async function gcFacts({ engine, env }: Examined, server: Server | null): Promise<HostFacts['gc']> {
  if (!server || remoteDocker(env) !== null) return null
  const daemon = readDaemonJson()
  const found = await orError(async () => {
    const docker = await engine()
    return { disk: await engineDisk(docker), version: (await docker.version()).engine }
  })
  if (daemon === null || 'error' in found || !found.disk) return null
  const { maxBytes, minFree } = resolveBudgets(budgetSettings(server.settings), found.disk)
  return {
    engine: found.version,
    daemon,
    budgets: { maxBytes, minFree, diskBytes: found.disk.bytes },
  }
}

/** What the caches held when they were measured last: nothing is walked for it. */
function budgetFacts(
  platform: Platform,
  server: Server | null,
  disk: DiskSpace,
): HostFacts['budget'] {
  const last = readHistory(platform).at(-1)
  const settings = server?.settings ?? {}
  const { maxBytes } = resolveBudgets(cacheBudgetSettings(settings), disk)
  if (!last || maxBytes === null) return null
  const sizes = Object.entries(last.caches).filter(([name]) => name !== BUILD_CACHE)
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0)
  return { bytes, maxBytes, at: last.at, schedule: effective('schedule', {}, settings) }
}

/** Finds out everything that the doctor judges a host by. Changes nothing. */
export async function examineHost(
  host: Examined,
  server: Server | null,
  apps: readonly string[],
  caches: readonly string[],
): Promise<HostFacts> {
  const { platform, runner, env } = host
  const setfacl = await runner.read('setfacl', ['--version'])
  return {
    kind: platform.kind,
    version,
    root: platform.root,
    realRoot: realRootOf(host),
    hostRoot: platform.hostRoot,
    node: process.version,
    dokku: dokkuVersion(platform),
    docker: await orError(() => dockerFacts(host)),
    remoteDocker: remoteDocker(env),
    inContainer: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
    isSetUp: server
      ? server.dokku.properties.get('--global', 'setup') !== undefined
      : existsSync(platform.root),
    hasSetfacl: setfacl.exit === 0,
    fileSystem: fileSystemAt(platform.root),
    directories: await checkCaches(host, caches),
    helper: await helperFacts(host),
    nightly: nightlyFacts(server),
    gc: await gcFacts(host, server),
    budget: budgetFacts(platform, server, await diskOf(platform.root)),
    nestedCopies: nestedCopies(platform),
    disk: await diskOf(platform.root),
    invalid: invalidSettings(server, apps),
  }
}

/** Properties of an app that hold what this program would never write. */
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

/** Finds out how an app is, against what it should be. Changes nothing. */
export async function examineApp(server: Server, app: string): Promise<AppFacts> {
  const damaged = damagedProperties(server, app)
  if (damaged.length > 0) return { app, plan: null, error: null, damaged }
  const plan = await orError(() => planFor(server, app))
  if ('error' in plan) return { app, plan: null, error: plan.error, damaged }
  return { app, plan, error: null, damaged }
}
