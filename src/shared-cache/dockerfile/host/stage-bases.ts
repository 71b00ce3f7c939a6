import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { KnownBase } from '../../devices/core/bases'
import { type BaseImage, baseKey } from '../../devices/core/cdi'
import { systemName } from '../../catalogue/core/system'
import { KnownError } from '../../../foundation/core/errors'
import { readTar } from '../../../foundation/docker/engine/tar'
import type { Server } from '../../apps/host/server'
import type { Runner } from '../../../foundation/process/runner'
import { knownBases, learnBase } from '../../devices/host/devices'
import { ownArchitecture } from './dockerfile'

/** Milliseconds that inspecting a base image may take: the build that has just ended pulled it. */
const PATIENCE = 20_000
/** Milliseconds between two inspections of a base image, whose tag may change. */
const BETWEEN = 24 * 3_600_000
const OS_RELEASE_BYTES = 10_000
/** Values of `--platform` that mean the same in another file. */
const PLATFORM = /^$|^[\w/.-]+$|^\$\{?(?:BUILD|TARGET)PLATFORM\}?$/

/**
 * A build that copies two files of an image and keeps nothing: only BuildKit has the image, so the
 * Engine cannot inspect it. Patterns, because a missing file must not fail the build. Patterns do not
 * follow links: `/lib` is one on some systems.
 */
function inspectionFile({ reference, platform }: BaseImage): string {
  const from = platform === '' ? reference : `--platform=${platform} ${reference}`
  return [
    `FROM ${from} AS image`,
    'FROM scratch',
    'COPY --from=image /et[c]/os-releas[e] /release/',
    'COPY --from=image /li[b]/ld-musl-*.so.[1] /us[r]/li[b]/ld-musl-*.so.[1] /musl/',
    '',
  ].join('\n')
}

/**
 * The system of a base image, '' for one that does not name it. `config` is a configuration directory
 * of docker, null for the user's own. Throws KnownError where the image cannot be inspected.
 */
export async function inspectBase(
  runner: Runner,
  docker: string,
  config: string | null,
  base: BaseImage,
): Promise<string> {
  const chunks: Buffer[] = []
  const env = config === null ? [] : [`DOCKER_CONFIG=${config}`]
  const said = await runner.read(
    'env',
    [...env, docker, 'image', 'build', '--quiet', '--output', 'type=tar,dest=-', '-'],
    { input: inspectionFile(base), timeout: PATIENCE, onOutput: (chunk) => chunks.push(chunk) },
  )
  if (said.exit !== 0) {
    throw new KnownError(said.stderr.trim().split('\n').at(-1) || 'docker failed')
  }
  let release = ''
  let musl = false
  for await (const entry of readTar(Readable.from(chunks))) {
    if (entry.kind !== 'file') continue
    if (entry.name.startsWith('musl/')) musl = true
    else release = (await entry.content(OS_RELEASE_BYTES)).toString()
  }
  const [, own] = base.platform.split('/')
  return systemName(release, own ?? ownArchitecture(), musl)
}

/** The configuration that Dokku uses for builds of an app with registry credentials of its own. */
function configOf({ platform }: Server, app: string): string | null {
  const directory = join(platform.libRoot, 'config/registry', app)
  return existsSync(join(directory, 'config.json')) ? directory : null
}

async function inspectOrReason(
  server: Server,
  docker: string,
  app: string,
  base: KnownBase,
): Promise<{ readonly system?: string; readonly why?: string }> {
  try {
    return { system: await inspectBase(server.runner, docker, configOf(server, app), base) }
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    return { why: error.message }
  }
}

/** What was known about a base image, and its system, '' for none; or why that is not known. */
export type Learned =
  | { readonly before: KnownBase; readonly system: string }
  | { readonly before: KnownBase; readonly why: string }

/**
 * Inspects base images, by their keys, that were not inspected for a day: a second or two each. One
 * that cannot be inspected keeps its known system for another day. Gives back those, and the ones whose
 * system is another one than before. `now` in milliseconds since the epoch. Throws HelperMissing.
 */
export async function learnStages(
  server: Server,
  docker: string,
  app: string,
  keys: readonly string[],
  now: number,
): Promise<readonly Learned[]> {
  if (keys.length === 0) return []
  const isDue = ({ looked = 0, tried = 0, platform }: KnownBase) =>
    // A time in the future came from a wrong clock.
    Math.abs(now - Math.max(looked, tried)) >= BETWEEN && PLATFORM.test(platform)
  const due = knownBases(server).filter((base) => keys.includes(baseKey(base)) && isDue(base))
  const learned: Learned[] = []
  for (const base of due) {
    const { system = base.system, why } = await inspectOrReason(server, docker, app, base)
    const when = why === undefined ? { looked: now } : { tried: now }
    const before = await learnBase(server, baseKey(base), { system, plain: null, ...when })
    if (why !== undefined) learned.push({ before: base, why })
    else if (before) learned.push({ before, system })
  }
  return learned
}
