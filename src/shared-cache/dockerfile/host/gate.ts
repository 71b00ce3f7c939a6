import {
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
import { nameIn } from '../../catalogue/core/group'
import { cacheNamed } from '../../catalogue/core/catalogue'
import { directoryFor, findBase } from '../../devices/core/bases'
import { missingFrontend, unsuitableFrontend } from '../../devices/core/frontend-remedy'
import { isDockersFrontend } from '../../properties/core/frontend'
import type { Rewriting } from '../core/rewrite'
import { KnownError } from '../../../foundation/core/errors'
import type { EngineState } from '../../devices/host/engine'
import { probeFrontends } from './frontend-probe'
import type { Server } from '../../apps/host/server'
import { awaitDevices, knownBases, liveDevices, makeDevices } from '../../devices/host/devices'
import { givesDevices, isFor } from '../../devices/host/specification'
import {
  MountsRefused,
  haveDirectories,
  mountsProblem,
  noteMounts,
} from '../../devices/host/cache-mounts'
import type { Unusable } from '../../directories/core/usable'
import { unusableCaches } from '../../directories/host/usable'
import { decode } from './dockerfile'
import { programProblem } from '../../directories/host/programs'
import { spaceProblem } from '../../../foundation/files/disk'

/** Reads the Dockerfile that is about to be built. Throws KnownError for a link and a file with links. */
export function readBuildFile(directory: string): string {
  const path = join(directory, 'Dockerfile')
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (!stats?.isFile()) throw new KnownError('the Dockerfile is not a regular file')
  if (stats.nlink > 1) throw new KnownError('the Dockerfile has hard links')
  return decode(readFileSync(path), 'the Dockerfile')
}

/**
 * The text of a Dockerfile that is not rewritten because it is a link or has hard links; null for a
 * link out of the build's directory, which Docker does not follow either.
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
 * Replaces the Dockerfile: writes a new file beside it, with the same mode, and renames it. A link is
 * replaced; the file that it leads to stays as it is.
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

/** Whether `docker build` may use a selected builder: `docker buildx install` makes it an alias. */
function hasBuilderAlias(env: Readonly<Record<string, string | undefined>>): boolean {
  const directory = env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker')
  try {
    const config = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as {
      aliases?: { builder?: string }
    }
    return config.aliases?.builder !== undefined
  } catch {
    // No file, or one that the docker client ignores too.
    return false
  }
}

/** Why a build does not use the caches, and what to do about it where something can be done. */
export interface Obstacle {
  readonly why: string
  readonly hint?: string
}

const SETUP = 'dokku shared-cache:setup'

/** Why the build does not run in this machine's own Engine; null where it does. */
function otherEngine(
  env: Readonly<Record<string, string | undefined>>,
  { builder, buildArgs, platform }: BuildOptions,
): string | null {
  if (builder !== null && builder !== 'default') return `it runs in the builder ${builder}`
  const chosen = env['BUILDX_BUILDER']
  if (chosen && chosen !== 'default') return `it runs in the builder ${chosen}`
  const host = env['DOCKER_HOST']
  if (host && !host.startsWith('unix://')) return `it runs in the Engine at ${host}`
  if (env['DOCKER_CONTEXT'] && env['DOCKER_CONTEXT'] !== 'default') {
    return `it runs in the Docker context ${env['DOCKER_CONTEXT']}`
  }
  if (env['DOCKER_BUILDKIT'] === '0') return 'it runs without BuildKit (DOCKER_BUILDKIT=0)'
  if (hasBuilderAlias(env)) return 'docker build is an alias of docker buildx build'
  const foreign = platform || env['DOCKER_DEFAULT_PLATFORM']
  if (foreign) return `it is for the platform ${foreign}`
  if (buildArgs.has('BUILDKIT_SYNTAX')) return 'the build argument BUILDKIT_SYNTAX sets a frontend'
  return null
}

/**
 * An obstacle for builds that may not run in this machine's own Engine, which is the one that was
 * inspected. Dokku exports the app's variables to the docker client.
 */
export function elsewhere(
  env: NodeJS.ProcessEnv,
  appEnv: Readonly<Record<string, string>>,
  options: BuildOptions,
): Obstacle | null {
  const why = otherEngine({ ...env, ...appEnv }, options)
  return why === null ? null : { why }
}

/** A cache whose programs are missing: cargo and apt fail where they cannot call them. */
function withoutPrograms(root: string, name: string): readonly Unusable[] {
  const { programs } = cacheNamed(name)
  const why = programs === null ? null : programProblem(root, programs)
  return why === null ? [] : [{ caches: [name], why, remedy: `Run: ${SETUP}` }]
}

/**
 * The caches that the steps of a build were given, and that cannot be used now: their directories are not
 * what they should be. Looked at before every build; changes nothing.
 */
export async function unusableFor(
  server: Server,
  { steps, bases }: Rewriting,
  group: string,
): Promise<readonly Unusable[]> {
  const caches = [...new Set(steps.flatMap((step) => step.given.map(({ cache }) => cache)))]
  const known = knownBases(server)
  const systems = bases.flatMap((base) => findBase(known, base) ?? []).map(directoryFor)
  const inner = caches
    .filter((cache) => cacheNamed(cache).perSystem !== null)
    .flatMap((cache) => systems.map(({ directory }) => `${nameIn(group, cache)}@${directory}`))
  return [
    ...caches.flatMap((cache) => withoutPrograms(server.platform.root, cache)),
    ...(await unusableCaches(server, group, caches, inner)),
  ]
}

/** Makes the devices that the build needs and Docker does not have. */
async function deviceProblem(
  server: Server,
  look: EngineState,
  plan: Rewriting,
): Promise<Obstacle | null> {
  const live = liveDevices(look.info)
  const isLive = plan.devices.every((name) => live.has(name))
  const isRight = isFor(givesDevices(look.info))
  const known = knownBases(server)
  const isKnown = plan.bases.every((base) => findBase(known, base) !== undefined)
  if (isLive && isRight && isKnown && haveDirectories(server, plan.mounts)) return null
  await makeDevices(server, look.info, plan.bases)
  const [missing] = await awaitDevices(look.engine, plan.devices)
  if (missing === undefined) return null
  const why = `Docker has not loaded the CDI device ${missing}`
  return { why, hint: 'Run: dokku shared-cache:doctor' }
}

/** The build that is about to start. */
export interface BuildOf {
  readonly app: string
  /** Its group, '' for none. */
  readonly group: string
  readonly now: Date
}

/** What of the host keeps the steps from their caches; null for nothing. Changes nothing. */
async function hostProblem(
  { platform: { root } }: Server,
  { info }: EngineState,
  { file }: Rewriting,
  group: string,
): Promise<Obstacle | null> {
  if (!isDockersFrontend(file.syntax)) {
    const frontend = file.syntax ?? ''
    return { why: `the Dockerfile sets the frontend ${frontend}, which may not support devices` }
  }
  const space = await spaceProblem(root)
  if (space !== null) return { why: space, hint: 'Run: dokku shared-cache:prune' }
  const engine = info.ServerVersion
  if (info.CDISpecDirs.length === 0) {
    const hint = `Upgrade Docker to 28.2 or later, then run: ${SETUP}`
    return { why: `Docker ${engine} has no CDI devices`, hint }
  }
  if (group !== '' && !givesDevices(info)) {
    const hint = `Upgrade Docker to 29 or later, then run: ${SETUP}`
    return { why: `the app is in the group ${group}, which Docker ${engine} cannot separate`, hint }
  }
  return null
}

/**
 * Why the steps of a build cannot use the caches now; null where they can. The host is inspected
 * before every build; missing devices are made. Throws HelperMissing, and MountsRefused where only
 * its other cache mounts cannot be in shared storage.
 */
export async function obstacle(
  server: Server,
  look: EngineState,
  plan: Rewriting,
  { app, group, now }: BuildOf,
): Promise<Obstacle | null> {
  const problem = await hostProblem(server, look, plan, group)
  if (problem !== null) return problem
  if (plan.mounts.length > 0) {
    // Their directories would have other owners in the build.
    if (look.info.SecurityOptions.some((option) => /userns|rootless/.test(option))) {
      throw new MountsRefused('Docker maps user IDs (userns-remap or rootless)')
    }
    const unfit = mountsProblem(server, plan.mounts)
    if (unfit !== null) throw new MountsRefused(unfit)
    // First noted, then looked for: a prune does not remove what is noted.
    await noteMounts(server, app, plan.mounts, now.getTime())
  }
  return deviceProblem(server, look, plan)
}

/**
 * The frontend that a rewritten file needs: '' for the Engine's own, where that supports devices and
 * the file asks for no other. Throws KnownError where no frontend supports them, its hint the command
 * that fixes it.
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
    const hint = `Run: ${missingFrontend(frontend).command}`
    throw new KnownError(`the image ${frontend} is missing`, { hint })
  }
  if (!known) {
    const hint = `Run: ${unsuitableFrontend(frontend).command}`
    throw new KnownError(`the frontend ${frontend} does not support devices`, { hint })
  }
  return frontend
}
