import type { Seen } from '../../core/apps/app'
import { KNOWN_VARIABLES, homesOf, placesToLook } from '../../core/apps/places'
import { parseSeen } from '../../core/apps/record'
import { systemName } from '../../core/apps/system'
import type { Site } from './apply'
import type { Engine } from '../docker/engine'
import type { ContainerView } from '../docker/engine/container-view'
import { inParallel } from '../parallel'

const PASSWD_BYTES = 1_000_000
const BUILDER_LABEL = 'com.dokku.builder-type'

const OS_RELEASE = ['/usr/lib/os-release', '/etc/os-release']
const OS_RELEASE_BYTES = 10_000
/** Loaders of musl, by architecture as Docker names it. */
const MUSL: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64', arm: 'armhf' }

type ImageSeen = Omit<Seen, 'processes'>

async function readSystem(view: ContainerView, architecture: string): Promise<string> {
  // `/etc/os-release` is a link on most systems, and links are not followed.
  const [first, second] = await Promise.all(
    OS_RELEASE.map((path) => view.readFile(path, OS_RELEASE_BYTES)),
  )
  const loader = `/lib/ld-musl-${MUSL[architecture] ?? architecture}.so.1`
  const musl = (await view.stat(loader)) !== null
  return systemName(first ?? second ?? '', architecture, musl)
}

/** Looks into an image, without running it: some milliseconds a place. Null where there is none. */
async function inspect(engine: Engine, reference: string): Promise<ImageSeen | null> {
  const image = await engine.image(reference)
  if (!image) return null
  const env = Object.fromEntries(
    Object.entries(image.env).filter(([name]) => KNOWN_VARIABLES.has(name)),
  )
  const inside = await engine.withContainerOf(image.id, async (view) => {
    const passwd = image.user ? await view.readFile('/etc/passwd', PASSWD_BYTES) : null
    // Buildpacks run with the home /app, whatever their image says.
    const homes = ['/root', '/app', ...homesOf(passwd?.toString() ?? '', image.user)]
    const places = placesToLook(env, [...new Set(homes)])
    const held = await inParallel(places, 4, async (place) => {
      const entries = (await view.stat(place)) ? await view.list(place, 1) : []
      return entries.length > 0
    })
    const system = await readSystem(view, image.architecture)
    return { holds: places.filter((_, index) => held[index]), system }
  })
  const builder = image.labels[BUILDER_LABEL] ?? ''
  return { image: image.id, user: image.user, env, ...inside, builder }
}

/** Whose processes the containers of an app have now, and which image they run. */
async function processes(engine: Engine, app: string) {
  const label = [`com.dokku.app-name=${app}`, 'com.dokku.container-type=deploy']
  const running = await engine.containers({ label, status: ['running'] })
  const uids = (await Promise.all(running.map(({ id }) => engine.userIds(id)))).flat()
  if (uids.length === 0) return null
  const whose = uids.every((uid) => uid === 0) ? ('root' as const) : ('other' as const)
  return { processes: whose, image: running[0]?.imageId ?? '' }
}

function seenOf(site: Site, app: string): Seen | null {
  return parseSeen(app, site.dokku.properties.get(app, 'seen'))
}

async function remember(site: Site, app: string, seen: Seen): Promise<void> {
  const text = JSON.stringify(seen)
  if (text !== site.dokku.properties.get(app, 'seen')) {
    await site.dokku.properties.set(app, 'seen', text)
  }
}

/** Looks at the image that a deploy has just built. What the last deploy's processes were is kept. */
export async function lookAtImage(
  site: Site,
  engine: Engine,
  app: string,
  reference: string,
  builder: string,
): Promise<void> {
  const image = await inspect(engine, reference)
  if (!image) return
  const known = seenOf(site, app)?.processes ?? 'unknown'
  await remember(site, app, { ...image, builder, processes: known })
}

/** Looks at the processes of an app that has just been deployed. */
export async function lookAtProcesses(site: Site, engine: Engine, app: string): Promise<void> {
  const seen = seenOf(site, app)
  const now = await processes(engine, app)
  // The image that runs is the one looked at with Dokku's labels put on: only its id is another.
  if (seen && now) await remember(site, app, { ...seen, ...now })
}

/**
 * Looks at the images and processes of deployed apps, those alone whose image is another than at the
 * last look. Gives back what was seen without writing it down, so that a dry run can plan with it.
 */
export async function lookAtApps(
  site: Site,
  engine: Engine,
  apps: readonly string[],
  progress: (done: number) => void,
): Promise<ReadonlyMap<string, Seen>> {
  const images = await engine.images('dokku/*')
  const ids = new Map(images.flatMap(({ id, tags }) => tags.map((tag) => [tag, id] as const)))
  const seen = new Map<string, Seen>()
  let done = 0
  await inParallel(apps, 2, async (app) => {
    const id = ids.get(`dokku/${app}:latest`)
    const known = seenOf(site, app)
    if (id && known?.image !== id) {
      const image = await inspect(engine, id)
      const now = await processes(engine, app)
      if (image) seen.set(app, { ...image, processes: now?.processes ?? 'unknown' })
    }
    done += 1
    progress(done)
  })
  return seen
}

/** Writes down what was seen. */
export async function rememberSeen(site: Site, seen: ReadonlyMap<string, Seen>): Promise<void> {
  for (const [app, value] of seen) await remember(site, app, value)
}
