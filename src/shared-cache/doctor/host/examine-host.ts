import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { version } from '../../../../package.json'
import type { DiskSpace } from '../../../foundation/core/amount'
import { resolveBudgets } from '../../budgets/core/budgets'
import { checkCaches, realRootOf } from '../../directories/host/caches'
import { fileSystemAt } from '../../directories/host/usable'
import { BUILD_CACHE } from '../../report/core/history'
import { readHistory } from '../../report/host/history'
import { cacheBudgetSettings, effective, invalidValues } from '../../properties/core/properties'
import { type Server, isSetUp } from '../../apps/host/server'
import type { Host } from '../../../foundation/cli/command'
import { NEEDED_BYTES, NEEDED_INODES, diskOf } from '../../../foundation/files/disk'
import { readIfThere } from '../../../foundation/files/replace-file'
import { callHelper } from '../../../foundation/helper/call'
import type { Platform } from '../../../foundation/platform'
import type { HostFacts } from '../core/findings'
import { type Examined, dockerFacts, gcFacts, nightlyFacts, remoteDocker } from './examine-docker'
import { pipFacts } from './examine-pip'
import { orError } from './or-error'
import { examineClosed } from './search-closed'

function dokkuVersion(platform: Platform): string | null {
  if (platform.kind === 'local') return null
  const read = (name: string) => readIfThere(join(platform.libRoot, name))
  return (read('STABLE_VERSION') || read('VERSION') || '').trim().replace(/^v/, '') || null
}

async function helperFacts(host: Host) {
  if (host.platform.kind === 'local') return null
  return orError(async () => {
    const { stdout } = await callHelper(host, 'read', ['version'])
    return JSON.parse(stdout) as { version: string; root: string }
  })
}

/** Copies of the plugin inside the plugin: installing a tarball a second time makes them. */
function nestedCopies(platform: Platform): readonly string[] {
  if (platform.kind === 'local') return []
  const plugin = join(platform.pluginPath, platform.plugin.name)
  if (!existsSync(plugin)) return []
  return readdirSync(plugin)
    .map((name) => join(plugin, name))
    .filter((path) => existsSync(join(path, 'plugin.toml')))
}

/** Invalid values of global properties, and of the properties of these apps. */
function invalidSettings(server: Server | null, apps: readonly string[]) {
  if (!server) return []
  return ['--global', ...apps].flatMap((app) =>
    invalidValues(server.dokku.properties.all(app)).map((found) => ({ app, ...found })),
  )
}

/** Size of the caches at the last measurement; nothing is measured now. */
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

/** Reads the facts about a host for the doctor. Changes nothing. */
export async function examineHost(
  host: Examined,
  server: Server | null,
  apps: readonly string[],
  caches: readonly string[],
): Promise<HostFacts> {
  const { platform, runner, env } = host
  const setfacl = await runner.read('setfacl', ['--version'])
  const disk = await diskOf(platform.root)
  const closed = examineClosed(host, caches)
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
    isSetUp: server ? isSetUp(server) : existsSync(platform.root),
    hasSetfacl: setfacl.exit === 0,
    fileSystem: fileSystemAt(platform.root),
    directories: [...(await checkCaches(host, caches, { inside: false })), ...closed.problems],
    searchedPartly: closed.partly,
    helper: await helperFacts(host),
    nightly: nightlyFacts(server),
    gc: await gcFacts(host, server),
    budget: budgetFacts(platform, server, disk),
    pip: pipFacts(platform.root),
    nestedCopies: nestedCopies(platform),
    disk: { ...disk, neededBytes: NEEDED_BYTES, neededInodes: NEEDED_INODES },
    invalid: invalidSettings(server, apps),
  }
}
