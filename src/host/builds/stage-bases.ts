import { Readable } from 'node:stream'
import type { KnownBase } from '../../core/builds/bases'
import { type BaseImage, baseKey } from '../../core/builds/cdi'
import { systemName } from '../../core/apps/system'
import { KnownError } from '../../core/errors'
import { readTar } from '../docker/engine/tar'
import type { Site } from '../dokku/apply'
import type { Runner } from '../runner'
import { knownBases, learnBase } from './devices'
import { ownArchitecture } from './dockerfile'

/** Milliseconds that a look at a base may take: it was fetched by the build that has just ended. */
const PATIENCE = 60_000
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

/** The system of the image of a base, '' for one that does not say. Throws KnownError. */
export async function lookAtBase(
  runner: Runner,
  env: NodeJS.ProcessEnv,
  base: BaseImage,
): Promise<string> {
  const chunks: Buffer[] = []
  const said = await runner.read(
    env['DOCKER_BIN'] || 'docker',
    ['image', 'build', '--quiet', '--output', 'type=tar,dest=-', '-'],
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

/** What was known of a base that has just been looked at, and the system that it is of; '' for none. */
export interface Learned {
  readonly before: KnownBase
  readonly system: string
}

/**
 * Learns the systems of base images, by their keys, that have not been looked at for a day: a second or
 * two each. Gives back those that are of another one than was known. `now` in milliseconds since the
 * epoch. Throws KnownError where one cannot be looked at.
 */
export async function learnStages(
  site: Site,
  env: NodeJS.ProcessEnv,
  keys: readonly string[],
  now: number,
): Promise<readonly Learned[]> {
  const isDue = ({ looked = 0, platform }: KnownBase) =>
    now - looked >= BETWEEN && PLATFORM.test(platform)
  const due = knownBases(site).filter((base) => keys.includes(baseKey(base)) && isDue(base))
  const learned: Learned[] = []
  for (const base of due) {
    const system = await lookAtBase(site.runner, env, base)
    const before = await learnBase(site, baseKey(base), { system, plain: null, looked: now })
    if (before) learned.push({ before, system })
  }
  return learned
}
