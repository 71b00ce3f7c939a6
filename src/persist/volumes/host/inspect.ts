import type { EngineImage } from '../../../foundation/docker/engine/types'
import type { Engine } from '../../../foundation/docker/engine'
import { callHelper } from '../../../foundation/helper/call'
import type { LimitState } from '../../limits/core/limit'
import { type OwnerFacts, chooseOwner, imageUser, isOwnerKnown } from '../core/owner'
import type { Directory, Facts, ImageFacts } from '../core/plan'
import type { AppVolume, User } from '../core/volume'
import type { VolumeServer } from './server'

const BUILDER_LABEL = 'com.dokku.builder-type'
const PASSWD_BYTES = 1_000_000

/** The directory of a volume, null if it does not exist, and what its file system does about a limit. */
export interface DirectoryState {
  readonly directory: Directory | null
  readonly limit: LimitState
}

/** What exists of these volumes' directories, by entry. */
export async function readDirectories(
  server: VolumeServer,
  entries: readonly string[],
): Promise<ReadonlyMap<string, DirectoryState>> {
  if (entries.length === 0) return new Map()
  const { stdout } = await callHelper(server, 'read', ['inspect', ...entries])
  const lines = stdout.split('\n').filter((line) => line !== '')
  return new Map(
    lines.map((line) => {
      const { entry, directory, ...limit } = JSON.parse(line) as LimitState & {
        readonly entry: string
        readonly directory: Directory | null
      }
      return [entry, { directory, limit }] as const
    }),
  )
}

/** Containers of an app that run. */
export async function runningContainers(engine: Engine, app: string) {
  const label = [`com.dokku.app-name=${app}`, 'com.dokku.container-type=deploy']
  return engine.containers({ label, status: ['running'] })
}

/**
 * Users of the running processes of an app. The numbers are those of the host: without user namespaces
 * they are the same in containers. The group is that of the user's name in the image.
 */
async function runningUsers(engine: Engine, app: string, passwd: string): Promise<User[]> {
  const containers = await runningContainers(engine, app)
  const uids = (await Promise.all(containers.map(({ id }) => engine.userIds(id)))).flat()
  return [...new Set(uids)].map((uid) => imageUser(String(uid), '', passwd, ''))
}

/** The user of an image and of the processes of its app, and who owns a path in it, if one is named. */
async function ownerFacts(
  engine: Engine,
  image: EngineImage,
  app: string,
  path: string | null,
): Promise<OwnerFacts> {
  const inside = await engine.withContainerOf(image.id, async (view) => {
    const [passwd, group] = await Promise.all(
      ['/etc/passwd', '/etc/group'].map((file) => view.readFile(file, PASSWD_BYTES)),
    )
    return {
      passwd: passwd ?? '',
      group: group ?? '',
      place: path === null ? null : await view.owner(path),
    }
  })
  const builder = image.labels[BUILDER_LABEL] ?? ''
  return {
    running: await runningUsers(engine, app, inside.passwd),
    image: imageUser(image.user, builder, inside.passwd, inside.group),
    place: inside.place,
  }
}

/** The users of an app: those of its running processes and that of its image, each once. */
export async function appUsers(engine: Engine, image: EngineImage, app: string): Promise<User[]> {
  const { running, image: user } = await ownerFacts(engine, image, app, null)
  // A process that runs shows what an image without USER leaves open.
  const all = running.length > 0 ? running : [user]
  return all.filter(({ uid }, index) => all.findIndex((one) => one.uid === uid) === index)
}

/** What the image of an app says about a new volume; null if there is no such image. */
async function imageFacts(
  engine: Engine,
  volume: AppVolume,
  name: string,
): Promise<ImageFacts | null> {
  const image = await engine.image(name)
  if (!image) return null
  const { owner: rule } = volume
  if (rule !== 'auto') {
    return { id: image.id, owner: rule === 'image' ? null : rule, ownerKnown: true }
  }
  const facts = await ownerFacts(engine, image, volume.app, volume.path)
  return {
    id: image.id,
    owner: chooseOwner(rule, facts),
    ownerKnown: isOwnerKnown(rule, facts),
  }
}

/** The image that Dokku deploys an app from. */
export function imageOf(app: string): string {
  return `dokku/${app}:latest`
}

/** What is the same for all volumes of an app. */
export interface AppFacts {
  readonly mounts: Facts['mounts']
  readonly env: Facts['env']
  readonly entries: ReadonlyMap<string, string>
}

export async function readApp({ dokku }: VolumeServer, app: string): Promise<AppFacts> {
  const entries = dokku.namedEntries ? dokku.entries() : Promise.resolve(new Map<string, string>())
  entries.catch(() => undefined)
  return { mounts: await dokku.mounts(app), env: await dokku.env(app), entries: await entries }
}

/** Facts, and in one line why a limit cannot be enforced; null if it can. */
export interface ReadFacts extends Facts {
  readonly watched: string | null
}

/** Everything that the plan of a volume depends on. Changes nothing. */
export async function readFacts(
  server: VolumeServer,
  volume: AppVolume,
  app: AppFacts,
  image = imageOf(volume.app),
): Promise<ReadFacts> {
  const engine = await server.engine()
  const state = (await readDirectories(server, [volume.entry])).get(volume.entry)
  const limit = state?.limit ?? { watched: 'it is not known' }
  return {
    record: server.records.get(volume.entry),
    directory: state?.directory ?? null,
    limit: 'watched' in limit ? undefined : limit.limit,
    watched: 'watched' in limit ? limit.watched : null,
    device: (await engine.volume(volume.entry))?.device,
    wantedDevice: server.deviceOf(volume.entry),
    // Dokku before 0.38 has no entries.
    entryPath: server.dokku.namedEntries ? app.entries.get(volume.entry) : volume.entry,
    mounts: app.mounts,
    env: app.env,
    image: volume.filled ? null : await imageFacts(engine, volume, image),
  }
}
