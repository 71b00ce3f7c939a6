import { readDaemonJson } from '../../buildkit/host/daemon-json'
import { engineDisk } from '../../buildkit/host/engine-disk'
import { readNightly } from '../../buildkit/host/nightly'
import type { NightlyMode } from '../../buildkit/core/nightly'
import { resolveBudgets } from '../../budgets/core/budgets'
import { KnownError } from '../../../foundation/core/errors'
import { budgetSettings, effective } from '../../properties/core/properties'
import type { Host } from '../../../foundation/cli/command'
import type { Engine } from '../../../foundation/docker/engine'
import { findAddress } from '../../../foundation/docker/engine/address'
import type { Server } from '../../apps/host/server'
import type { DockerFacts, HostFacts } from '../core/findings'
import { orError } from './or-error'

/** A machine, and access to its Docker. */
export interface Examined extends Host {
  readonly env: NodeJS.ProcessEnv
  readonly engine: () => Promise<Engine>
}

export async function dockerFacts({ engine }: Examined): Promise<DockerFacts> {
  const { ServerVersion, SecurityOptions } = await (await engine()).info()
  return { version: ServerVersion, securityOptions: SecurityOptions }
}

/** Docker's address on another machine; null for Docker on this one, and for an invalid address. */
export function remoteDocker(env: NodeJS.ProcessEnv): string | null {
  try {
    const address = findAddress(env)
    if (address.kind === 'unix') return null
    const isHere = address.kind === 'tcp' && /^(localhost|127\.|::1$)/.test(address.host)
    return isHere ? null : address.name
  } catch (error) {
    // The check of Docker reports an invalid address.
    if (error instanceof KnownError) return null
    throw error
  }
}

export function nightlyFacts(server: Server | null): HostFacts['nightly'] {
  if (!server) return { through: null, forced: false, chosen: 'dokku', inPlace: true }
  const chosen = effective('nightly-prune', {}, server.settings) as NightlyMode
  return { chosen, ...readNightly(chosen) }
}

/** Properties with which a user configures what Docker's build cache keeps. */
const BUILD_CACHE_KEYS = [
  'buildkit-max-size',
  'buildkit-max-age',
  'cache-mount-max-size',
  'min-free-space',
]

function isConfigured({ settings }: Server): boolean {
  const nightly = effective('nightly-prune', {}, settings)
  return nightly !== 'dokku' || BUILD_CACHE_KEYS.some((key) => settings[key] !== undefined)
}

/** Docker's own rules for its build cache; only for Dokku with Docker on this machine. */
export async function gcFacts(
  { engine, env }: Examined,
  server: Server | null,
): Promise<HostFacts['gc']> {
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
    isConfigured: isConfigured(server),
  }
}
