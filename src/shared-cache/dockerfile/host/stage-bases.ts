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

/** Milliseconds that a look at a base may take: it was fetched by the build that has just ended. */
const PATIENCE = 20_000
/** Milliseconds between two looks at a base whose tag may move. */
const BETWEEN = 24 * 3_600_000
const OS_RELEASE_BYTES = 10_000
/** A `--platform` that means the same in another file. */
const PLATFORM = /^$|^[\w/.-]+$|^\$\{?(?:BUILD|TARGET)PLATFORM\}?$/

/**
 * A build that takes two files of an image and keeps nothing: the image is BuildKit's alone, so that
 * the Engine cannot be asked about it. Patterns, because a file that is missing must not fail it; they
 * do not follow links: `/lib` is one on some systems.
 */
function lookText({ reference, platform }: BaseImage): string {
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
 * The system of the image of a base, '' for one that does not say. `config` is the directory of a
 * configuration for docker, null for the user's own. Throws KnownError.
 */
export async function lookAtBase(
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
    { input: lookText(base), timeout: PATIENCE, onOutput: (chunk) => chunks.push(chunk) },
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

/** As Dokku does for the builds of an app that has credentials of its own for registries. */
function configOf({ platform }: Server, app: string): string | null {
  const directory = join(platform.libRoot, 'config/registry', app)
  return existsSync(join(directory, 'config.json')) ? directory : null
}

async function lookOrSay(
  server: Server,
  docker: string,
  app: string,
  base: KnownBase,
): Promise<{ readonly system?: string; readonly why?: string }> {
  try {
    return { system: await lookAtBase(server.runner, docker, configOf(server, app), base) }
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    return { why: error.message }
  }
}

/** What was known of a base, and the system that it is of, '' for none; or why that is not known. */
export type Learned =
  | { readonly before: KnownBase; readonly system: string }
  | { readonly before: KnownBase; readonly why: string }

/**
 * Learns the systems of base images, by their keys, that have not been looked at for a day: a second or
 * two each. One that cannot be looked at stays what it was for another day. Gives back those, and the
 * ones that are of another system than was known. `now` in milliseconds since the epoch. Throws
 * HelperMissing.
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
    now - Math.max(looked, tried) >= BETWEEN && PLATFORM.test(platform)
  const due = knownBases(server).filter((base) => keys.includes(baseKey(base)) && isDue(base))
  const learned: Learned[] = []
  for (const base of due) {
    const { system = base.system, why } = await lookOrSay(server, docker, app, base)
    const when = why === undefined ? { looked: now } : { tried: now }
    const before = await learnBase(server, baseKey(base), { system, plain: null, ...when })
    if (why !== undefined) learned.push({ before: base, why })
    else if (before) learned.push({ before, system })
  }
  return learned
}
