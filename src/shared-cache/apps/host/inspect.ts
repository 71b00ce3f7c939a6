import type { Seen, CopiedPlace } from '../core/app'
import { dirname } from 'node:path'
import { KNOWN_VARIABLES, homesOf, placesToInspect } from '../core/image-places'
import { parseSeen } from '../core/record'
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
/** Loaders of musl, by architecture as Docker names it. */
const MUSL: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64', arm: 'armhf' }

/** Whether all that an app needs of a place is whole in the cache. */
function isStillCopied(server: Server, { room, needed }: CopiedPlace): boolean {
  return needed.every((unit) => isWhole(server, room, unit))
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

/** Whether a mount cannot be made there: a directory over a file fails the start of the container. */
function blocks(stat: FileStat | null | undefined): boolean {
  return stat?.kind === 'file' || stat?.kind === 'other'
}

/**
 * Those of the places that hold anything. The Engine takes milliseconds for each question: a directory
 * that several places are in is asked for first, and where it is missing they are not asked for.
 */
async function placesWithFiles(view: ContainerView, places: readonly string[]): Promise<string[]> {
  const parents = places.map((place) => dirname(place))
  const shared = [...new Set(parents.filter((path, index) => parents.indexOf(path) !== index))]
  const stats = await inParallel(shared, 4, async (path) => [path, await view.stat(path)] as const)
  const above = new Map(stats)
  const isHeld = async (place: string): Promise<boolean> => {
    const parent = above.get(dirname(place))
    if (parent === null) return false
    if (blocks(parent)) return true
    const stat = await view.stat(place)
    return stat !== null && (blocks(stat) || (await view.list(place, 1)).length > 0)
  }
  const held = await inParallel(places, 4, isHeld)
  return places.filter((_, index) => held[index])
}

/**
 * What was taken from an earlier image and is the same in this one: each layer that is built anew
 * gives the place another time.
 */
async function stillThere(view: ContainerView, known: readonly CopiedPlace[]) {
  const same = await inParallel(known, 4, async ({ place, modified, needed }) => {
    const stat = await view.stat(place)
    if (modified === '' || stat?.modified !== modified) return false
    const units = await inParallel(needed, 4, (unit) => view.stat(`${place}/${unit}`))
    return units.every((unit) => unit !== null)
  })
  return known.filter((_, index) => same[index])
}

/**
 * Looks into an image, without running it: some milliseconds a place. `known` is what was taken from
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
    // Buildpacks run with the home /app, whatever their image says.
    const passwd = await view.readFile('/etc/passwd', PASSWD_BYTES)
    const homes = ['/root', '/app', ...homesOf(passwd ?? '', image.user)]
    const holds = await placesWithFiles(view, placesToInspect(env, [...new Set(homes)]))
    const taken = await stillThere(view, known)
    return { holds, taken, system: await system }
  })
  const builder = image.labels[BUILDER_LABEL] ?? ''
  return { image: image.content, user: image.user, env, ...inside, builder }
}

/** Whose processes the containers of an app have now; null where none runs. */
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

/** What images were found to need: it is theirs, whatever is seen since. */
function searched(known: Seen | null): Pick<Seen, 'browsers'> {
  return known?.browsers ? { browsers: known.browsers } : {}
}

async function remember(server: Server, app: string, seen: Seen): Promise<void> {
  const text = JSON.stringify(seen)
  if (text !== server.dokku.properties.get(app, 'seen')) {
    await server.dokku.properties.set(app, 'seen', text)
  }
}

/**
 * Looks at the image that a deploy has just built, and at the processes of the containers that it is
 * about to replace: an entry point that changes user is noticed there.
 */
export async function inspectImage(
  server: Server,
  engine: Engine,
  app: string,
  reference: string,
  builder: string,
): Promise<void> {
  const last = seenOf(server, app)
  const known = (last?.taken ?? []).filter((one) => isStillCopied(server, one))
  const look = async () => {
    const image = await engine.image(reference)
    return image && inspect(engine, image, known)
  }
  const [found, now] = await Promise.all([look(), inspectUsers(engine, app)])
  if (!found) return
  const processes = now ?? last?.processes ?? 'unknown'
  await remember(server, app, { ...found, builder, processes, ...searched(last) })
}

/** What there is to see of a deployed app; null where nothing is new since the last look. */
async function inspectAgain(server: Server, engine: Engine, app: string): Promise<Seen | null> {
  const last = seenOf(server, app)
  const image = await engine.image(`dokku/${app}:latest`)
  const isKnown = last?.image === image?.content
  if (!image || (isKnown && last?.processes !== 'unknown')) return null
  const processes = (await inspectUsers(engine, app)) ?? 'unknown'
  if (last && isKnown) return processes === 'unknown' ? null : { ...last, processes }
  const taken = (last?.taken ?? []).filter((one) => isStillCopied(server, one))
  return { ...(await inspect(engine, image, taken)), processes, ...searched(last) }
}

/**
 * Looks at the images and processes of deployed apps where they are new since the last look. Gives back
 * what was seen without writing it down, so that a dry run can plan with it.
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
    const found = await inspectAgain(server, engine, app)
    if (found) seen.set(app, found)
    done += 1
    progress(done)
  })
  return seen
}

/** Writes down what was seen. */
export async function rememberSeen(server: Server, seen: ReadonlyMap<string, Seen>): Promise<void> {
  for (const [app, value] of seen) await remember(server, app, value)
}
