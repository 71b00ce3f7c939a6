import type { Seen, CopiedPlace } from '../core/app'
import { dirname } from 'node:path'
import { KNOWN_VARIABLES, homesOf, placesToInspect } from '../core/image-places'
import { formatSeen, parseSeen } from '../core/record'
import { KnownError } from '../../../foundation/core/errors'
import { systemName } from '../../catalogue/core/system'
import type { Server } from './server'
import type { Engine, EngineImage } from '../../../foundation/docker/engine/types'
import type { ContainerView, FileStat } from '../../../foundation/docker/engine/container-view'
import { isWhole } from '../../directories/host/whole-browsers'
import { inParallel } from '../../../foundation/process/parallel'

const PASSWD_BYTES = 1_000_000
const BUILDER_LABEL = 'com.dokku.builder-type'

const OS_RELEASE = ['/usr/lib/os-release', '/etc/os-release']
const OS_RELEASE_BYTES = 10_000
/** Loaders of musl, by Docker's names of architectures. */
const MUSL: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64', arm: 'armhf' }

/** Whether everything that an app needs from a path is complete in the cache. */
function isStillCopied(server: Server, { directory, needed }: CopiedPlace): boolean {
  return needed.every((unit) => isWhole(server, directory, unit))
}

type ImageSeen = Omit<Seen, 'processes' | 'browsers'>

async function readSystem(view: ContainerView, architecture: string): Promise<string> {
  // `/etc/os-release` is a link on most systems, and links are not followed.
  const loader = `/lib/ld-musl-${MUSL[architecture] ?? architecture}.so.1`
  const [musl, first, second] = await Promise.all([
    view.stat(loader),
    ...OS_RELEASE.map((path) => view.readFile(path, OS_RELEASE_BYTES)),
  ])
  return systemName(first ?? second ?? '', architecture, musl !== null)
}

/**
 * Whether a mount is impossible at a path: a container with a directory mounted over a file does not
 * start.
 */
function blocks(stat: FileStat | null | undefined): boolean {
  return stat?.kind === 'file' || stat?.kind === 'other'
}

/**
 * The paths that have files. Each request to the Engine takes milliseconds, so a directory that
 * contains several paths is requested first: if it is missing, they are skipped.
 */
async function placesWithFiles(view: ContainerView, places: readonly string[]): Promise<string[]> {
  const parents = places.map((place) => dirname(place))
  const shared = [...new Set(parents.filter((path, index) => parents.indexOf(path) !== index))]
  const stats = await inParallel(shared, 4, async (path) => [path, await view.stat(path)] as const)
  const above = new Map(stats)
  const hasFiles = async (place: string): Promise<boolean> => {
    const parent = above.get(dirname(place))
    if (parent === null) return false
    if (blocks(parent)) return true
    const stat = await view.stat(place)
    return stat !== null && (blocks(stat) || (await view.list(place, 1)).length > 0)
  }
  const found = await inParallel(places, 4, hasFiles)
  return places.filter((_, index) => found[index])
}

/**
 * What was copied from an earlier image and is the same in this one: rebuilding a layer changes the
 * modification time of the path.
 */
async function unchanged(view: ContainerView, known: readonly CopiedPlace[]) {
  const same = await inParallel(known, 4, async ({ place, modified, needed }) => {
    const stat = await view.stat(place)
    if (modified === '' || stat?.modified !== modified) return false
    const units = await inParallel(needed, 4, (unit) => view.stat(`${place}/${unit}`))
    return units.every((unit) => unit !== null)
  })
  return known.filter((_, index) => same[index])
}

/**
 * Inspects an image without running it, in a few milliseconds per path. `known` is what was copied from
 * the app's last image.
 */
async function inspect(
  engine: Engine,
  image: EngineImage,
  known: readonly CopiedPlace[],
): Promise<ImageSeen> {
  const env = Object.fromEntries(
    Object.entries(image.env).filter(([name]) => KNOWN_VARIABLES.has(name)),
  )
  const inside = await engine.withContainerOf(image.id, async (view) => {
    const system = readSystem(view, image.architecture)
    system.catch(() => undefined)
    // Buildpacks run with the home /app, which their image does not declare.
    const passwd = await view.readFile('/etc/passwd', PASSWD_BYTES)
    const homes = ['/root', '/app', ...homesOf(passwd ?? '', image.user)]
    const places = await placesWithFiles(view, placesToInspect(env, [...new Set(homes)]))
    const copied = await unchanged(view, known)
    return { places, copied, system: await system }
  })
  const builder = image.labels[BUILDER_LABEL] ?? ''
  return { image: image.content, user: image.user, env, ...inside, builder }
}

/** Users of the processes in the containers of an app; null if none runs. */
async function inspectUsers(engine: Engine, app: string): Promise<'root' | 'other' | null> {
  const label = [`com.dokku.app-name=${app}`, 'com.dokku.container-type=deploy']
  const running = await engine.containers({ label, status: ['running'] })
  const uids = (await Promise.all(running.map(({ id }) => engine.userIds(id)))).flat()
  if (uids.length === 0) return null
  return uids.every((uid) => uid === 0) ? 'root' : 'other'
}

function seenOf(server: Server, app: string): Seen | null {
  return parseSeen(app, server.dokku.properties.get(app, 'seen'))
}

/** Whether an app's record of its image can be read. `planFor` reports an unreadable one. */
function hasReadableRecord(server: Server, app: string): boolean {
  try {
    seenOf(server, app)
    return true
  } catch (error) {
    if (error instanceof KnownError) return false
    throw error
  }
}

/** Browsers that images need. They belong to the images, so a new inspection keeps them. */
function knownBrowsers(known: Seen | null): Pick<Seen, 'browsers'> {
  return known?.browsers ? { browsers: known.browsers } : {}
}

async function remember(server: Server, app: string, seen: Seen): Promise<void> {
  const text = formatSeen(seen)
  if (text !== server.dokku.properties.get(app, 'seen')) {
    await server.dokku.properties.set(app, 'seen', text)
  }
}

/**
 * Inspects the image that a deploy has just built, and the processes of the containers that it will
 * replace: they show whether an entry point changes the user.
 */
export async function inspectImage(
  server: Server,
  engine: Engine,
  app: string,
  reference: string,
  builder: string,
): Promise<void> {
  const last = seenOf(server, app)
  const known = (last?.copied ?? []).filter((one) => isStillCopied(server, one))
  const inspectIt = async () => {
    const image = await engine.image(reference)
    return image && inspect(engine, image, known)
  }
  const [found, now] = await Promise.all([inspectIt(), inspectUsers(engine, app)])
  if (!found) return
  const processes = now ?? last?.processes ?? 'unknown'
  await remember(server, app, { ...found, builder, processes, ...knownBrowsers(last) })
}

/** Inspects a deployed app; null if nothing has changed since the last inspection. */
async function inspectAgain(server: Server, engine: Engine, app: string): Promise<Seen | null> {
  const last = seenOf(server, app)
  const image = await engine.image(`dokku/${app}:latest`)
  const isKnown = last?.image === image?.content
  if (!image || (isKnown && last?.processes !== 'unknown')) return null
  const processes = (await inspectUsers(engine, app)) ?? 'unknown'
  if (last && isKnown) return processes === 'unknown' ? null : { ...last, processes }
  const copied = (last?.copied ?? []).filter((one) => isStillCopied(server, one))
  return { ...(await inspect(engine, image, copied)), processes, ...knownBrowsers(last) }
}

/**
 * Inspects images and processes of deployed apps that are new since the last inspection. Returns the
 * results without recording them, so that a dry run can plan with them.
 */
export async function inspectApps(
  server: Server,
  engine: Engine,
  apps: readonly string[],
  progress: (done: number) => void,
): Promise<ReadonlyMap<string, Seen>> {
  const seen = new Map<string, Seen>()
  let done = 0
  await inParallel(apps, 2, async (app) => {
    const found = hasReadableRecord(server, app) ? await inspectAgain(server, engine, app) : null
    if (found) seen.set(app, found)
    done += 1
    progress(done)
  })
  return seen
}

/** Records the results. */
export async function rememberSeen(server: Server, seen: ReadonlyMap<string, Seen>): Promise<void> {
  for (const [app, value] of seen) await remember(server, app, value)
}
