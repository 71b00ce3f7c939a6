import {
  existsSync,
  lstatSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { BuildOptions } from '../core/build-options'
import { rootOf } from '../../catalogue/core/group'
import { type CacheSpec, cacheNamed } from '../../catalogue/core/catalogue'
import { findBase } from '../../devices/core/bases'
import { WRAPPER_FILE } from '../../catalogue/core/sccache'
import { isDockersFrontend } from '../../settings/core/frontend'
import type { Rewriting } from '../core/rewrite'
import { KnownError } from '../../../foundation/core/errors'
import type { EngineState } from '../../devices/host/engine'
import { probeFrontends } from './frontend-probe'
import type { Server } from '../../apps/host/server'
import { awaitDevices, knownBases, liveDevices, makeDevices } from '../../devices/host/devices'
import { givesDevices, isFor } from '../../devices/host/specification'
import { MountsRefused, haveDirectories, noteMounts } from '../../devices/host/cache-mounts'
import { decode } from './dockerfile'
import { spaceProblem } from '../../../foundation/files/disk'

/** Reads the Dockerfile that is about to be built. Throws KnownError for all but a plain file. */
export function readBuildFile(directory: string): string {
  const path = join(directory, 'Dockerfile')
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (!stats?.isFile()) throw new KnownError('the Dockerfile is not a plain file')
  if (stats.nlink > 1) throw new KnownError('the Dockerfile has more than one name')
  return decode(readFileSync(path), 'the Dockerfile')
}

/**
 * The text behind a Dockerfile that is not rewritten because it is a link or has several names; null
 * for one that leads out of the build's directory, where Docker does not find it either.
 */
export function readBehind(directory: string): string | null {
  try {
    const folder = realpathSync(directory)
    const path = realpathSync(join(folder, 'Dockerfile'))
    if (!path.startsWith(`${folder}/`) || !statSync(path).isFile()) return null
    return decode(readFileSync(path), 'the Dockerfile')
  } catch {
    return null
  }
}

/**
 * Puts a text in the place of the Dockerfile: written beside, then renamed, its mode kept. A link is
 * replaced, and what it leads to stays.
 */
export function replaceBuildFile(directory: string, text: string): void {
  const folder = realpathSync(directory)
  const path = join(folder, 'Dockerfile')
  const beside = join(folder, `.Dockerfile.shared-cache-${process.pid}`)
  try {
    writeFileSync(beside, text, { flag: 'wx', mode: statSync(path).mode & 0o777 })
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}

/** Whether plain `docker build` uses a builder that somebody chose: an alias that buildx installs. */
function hasBuilderAlias(env: NodeJS.ProcessEnv): boolean {
  const directory = env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker')
  try {
    const config = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as {
      aliases?: { builder?: string }
    }
    return config.aliases?.builder !== undefined
  } catch {
    // No file, or one that the docker client would pass over as well.
    return false
  }
}

/**
 * Why the build may run elsewhere than in this machine's own Engine, which is the one that was looked
 * at; null when it does not. Dokku exports the app's variables to the docker client.
 */
export function elsewhere(
  env: NodeJS.ProcessEnv,
  appEnv: Readonly<Record<string, string>>,
  { builder, buildArgs, platform }: BuildOptions,
): string | null {
  const all = { ...env, ...appEnv }
  if (builder !== null && builder !== 'default') return `the build runs in the builder ${builder}`
  const chosen = all['BUILDX_BUILDER']
  if (chosen && chosen !== 'default') return `the build runs in the builder ${chosen}`
  const host = all['DOCKER_HOST']
  if (host && !host.startsWith('unix://')) return `the build runs in the Engine at ${host}`
  if (all['DOCKER_CONTEXT'] && all['DOCKER_CONTEXT'] !== 'default') {
    return `the build runs in the context ${all['DOCKER_CONTEXT']}`
  }
  if (all['DOCKER_BUILDKIT'] === '0') return 'the build runs without BuildKit'
  if (hasBuilderAlias(all)) return 'docker build is an alias for buildx'
  const foreign = platform || all['DOCKER_DEFAULT_PLATFORM']
  if (foreign) return `the build is for the platform ${foreign}`
  if (buildArgs.has('BUILDKIT_SYNTAX')) return 'the build has a frontend of its own'
  return null
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** What of a group's cache is not there, by its path; null where all is. */
function missingOf(root: string, group: string, { directory, programs }: CacheSpec): string | null {
  const own = join(rootOf(root, group), directory)
  if (!isDirectory(own)) return own
  if (programs === null) return null
  if (!isDirectory(join(root, programs))) return join(root, programs)
  // Cargo fails where it cannot call it.
  const wrapper = join(root, programs, WRAPPER_FILE)
  return existsSync(wrapper) ? null : wrapper
}

async function deviceProblem(
  server: Server,
  look: EngineState,
  plan: Rewriting,
): Promise<string | null> {
  const live = liveDevices(look.info)
  const isLive = plan.devices.every((name) => live.has(name))
  const isRight = isFor(givesDevices(look.info))
  const known = knownBases(server)
  const isKnown = plan.bases.every((base) => findBase(known, base) !== undefined)
  if (isLive && isRight && isKnown && haveDirectories(server, plan.mounts)) return null
  await makeDevices(server, look.info, plan.bases)
  const missing = await awaitDevices(look.engine, plan.devices)
  return missing.length > 0 ? `the Engine does not know the device ${missing[0] ?? ''}` : null
}

/** The build that is about to start. */
export interface BuildOf {
  readonly app: string
  /** Its group, '' for none. */
  readonly group: string
  readonly now: Date
}

/**
 * Why the steps of a build cannot have the caches now; null when they can. Everything is looked at
 * before every build, and devices that are missing are made. Throws HelperMissing, and
 * MountsRefused where only its cache mounts cannot be in shared storage.
 */
export async function obstacle(
  server: Server,
  look: EngineState,
  plan: Rewriting,
  { app, group, now }: BuildOf,
): Promise<string | null> {
  const { root } = server.platform
  if (!isDockersFrontend(plan.file.syntax)) {
    return `the Dockerfile has a frontend of its own, ${plan.file.syntax ?? ''}`
  }
  const caches = new Set(plan.steps.flatMap((step) => step.given.map(({ cache }) => cache)))
  for (const name of caches) {
    const missing = missingOf(root, group, cacheNamed(name))
    if (missing !== null) return `${missing} is missing`
  }
  const space = await spaceProblem(root)
  if (space !== null) return space
  const { CDISpecDirs, SecurityOptions } = look.info
  if (CDISpecDirs.length === 0) return 'this Engine has no CDI devices: 28.2 or later is needed'
  if (group !== '' && !givesDevices(look.info)) {
    return `the app is in the group ${group}, and devices are for all before Docker 29`
  }
  // The owners of their directories would be others in the build.
  if (plan.mounts.length > 0 && SecurityOptions.some((option) => /userns|rootless/.test(option))) {
    throw new MountsRefused('this Engine maps users')
  }
  // Before the look at their directories: what is noted is not pruned.
  if (plan.mounts.length > 0) await noteMounts(server, app, plan.mounts, now.getTime())
  return deviceProblem(server, look, plan)
}

/**
 * The frontend that a rewritten file needs: '' for the Engine's own, where that knows devices and the
 * file asks for no other. Throws KnownError where there is none that does.
 */
export async function frontendFor(
  server: Server,
  env: NodeJS.ProcessEnv,
  look: EngineState,
  plan: Rewriting,
  frontend: string,
): Promise<string> {
  const { builtin, known } = await probeFrontends(server, env, look, frontend)
  if (builtin && plan.file.syntax === null) return ''
  if (look.image === '') {
    throw new KnownError(`the frontend ${frontend} is missing: run dokku shared-cache:setup`)
  }
  if (!known) throw new KnownError(`the frontend ${frontend} knows no devices`)
  return frontend
}
