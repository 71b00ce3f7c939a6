import { existsSync, lstatSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Mount } from '../../../foundation/core/app-changes'
import type { Engine, EngineContainer } from '../../../foundation/docker/engine'
import type { EngineImage } from '../../../foundation/docker/engine/types'
import { codeOf } from '../../../foundation/files/walker'
import { refusal } from '../../adopt/core/places'
import { anonymousVolumes, lookAtSources } from '../../adopt/host/inspect'
import { openState } from '../../adopt/host/state'
import { parsePath } from '../../volumes/core/names'
import { type Directory, planVolume } from '../../volumes/core/plan'
import type { AppVolume, User } from '../../volumes/core/volume'
import {
  type AppFacts as AppState,
  appUsers,
  imageOf,
  readApp,
  readFacts,
  runningContainers,
} from '../../volumes/host/inspect'
import type { VolumeServer } from '../../volumes/host/server'
import type { AppFacts, HandMade, Place, Unkept, VolumeFacts } from '../core/apps'
import { unkeptPlaces } from '../core/written'
import { isEncrypted } from './encryption'

/** Bytes of a volume by its entry, as remembered from the last measurement; null if unknown. */
export type Sizes = (entry: string) => number | null

/** Files of the image that are looked for on the host. */
const MOST_HIDDEN = 20

/** A directory of the host, as far as this process can see it; null if it cannot. */
function directoryOf(path: string): Directory | null {
  try {
    const stats = lstatSync(path)
    if (!stats.isDirectory()) return null
    const mode = `0${(stats.mode & 0o7777).toString(8).padStart(3, '0')}`
    return { uid: stats.uid, gid: stats.gid, mode, isEmpty: false }
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return null
  }
}

/** What the doctor looks at of one app. */
interface Examined {
  readonly server: VolumeServer
  readonly engine: Engine
  readonly app: string
  readonly state: AppState
  readonly containers: readonly EngineContainer[]
  readonly image: EngineImage | null
}

const isPath = (path: string) => path.startsWith('/')

function isCache({ platform }: VolumeServer, { hostPath }: Mount): boolean {
  return hostPath.startsWith(`${join(platform.libRoot, 'data/shared')}/`)
}

/** Directories that the app mounts by hand: not the caches, and not what belongs to the system. */
async function handMade(examined: Examined): Promise<readonly HandMade[]> {
  const { server, engine, state, image } = examined
  const { libRoot: lib, dokkuRoot: dokku } = server.platform
  const mounts = state.mounts.filter(
    (mount) => isPath(mount.hostPath) && !isCache(server, mount) && directoryOf(mount.hostPath),
  )
  if (mounts.length === 0) return []
  const lists = image
    ? await engine.withContainerOf(image.id, (view) =>
        Promise.all(mounts.map(({ containerPath }) => view.list(containerPath, MOST_HIDDEN))),
      )
    : []
  return mounts.map(({ hostPath, containerPath }, index) => ({
    ...{ path: containerPath, hostPath },
    hidden: (lists[index] ?? []).filter((name) => !existsSync(join(hostPath, name))),
    isOutside:
      !hostPath.startsWith(`${join(lib, 'data/storage')}/`) &&
      refusal(hostPath, { lib, dokku, docker: '/var/lib/docker' }) === null,
  }))
}

/** Paths that the image declares as volumes, or that the app writes to, and that nothing keeps. */
async function unkept(examined: Examined): Promise<readonly Unkept[]> {
  const { server, engine, state, containers, image } = examined
  const anonymous = anonymousVolumes(containers)
  const found = await lookAtSources(
    server,
    anonymous.map(({ source }) => source),
  )
  const mounted = new Set([
    ...state.mounts.map(({ containerPath }) => containerPath),
    ...containers.flatMap(({ mounts }) => mounts.map(({ target }) => target)),
  ])
  const written = await Promise.all(
    containers.map(({ id }) =>
      engine.withChangesOf(id, (paths) => Promise.resolve(unkeptPlaces(paths, [...mounted]))),
    ),
  )
  const isProgram = (path: string) =>
    image !== null && (path === image.workingDir || path === dirname(image.workingDir))
  return [
    ...anonymous.map(({ path, source }) => {
      const look = found.get(`${source.kind} ${source.name}`)
      const bytes = typeof look === 'object' ? look.bytes : null
      return { path, anonymous: { name: source.name, bytes }, isProgram: false }
    }),
    ...[...new Set(written.flat())]
      .filter((path) => canBeVolume(path))
      .map((path) => ({ path, anonymous: null, isProgram: isProgram(path) })),
  ]
}

function canBeVolume(path: string): boolean {
  try {
    return parsePath(path, false) === path
  } catch {
    return false
  }
}

async function volumeFacts(
  { server, state }: Examined,
  volumes: readonly AppVolume[],
  sizes: Sizes,
): Promise<readonly VolumeFacts[]> {
  const encrypted = new Map<string, boolean | null>()
  return Promise.all(
    volumes.map(async (volume) => {
      const facts = await readFacts(server, volume, state)
      const hostPath = server.pathOf(volume.entry)
      if (volume.sensitive && !encrypted.has(hostPath)) {
        encrypted.set(hostPath, isEncrypted(hostPath))
      }
      return {
        ...{ volume, hostPath, directory: facts.directory, steps: planVolume(volume, facts) },
        bytes: sizes(volume.entry),
        isEncrypted: encrypted.get(hostPath) ?? null,
      }
    }),
  )
}

/** What the app can write to: its volumes, and directories that are mounted by hand. */
function writable(
  made: readonly HandMade[],
  volumes: readonly VolumeFacts[],
  mounts: readonly Mount[],
): readonly Place[] {
  const isWritable = (path: string) =>
    mounts.some((mount) => mount.containerPath === path && !mount.readonly)
  return [
    ...volumes.flatMap(({ volume, hostPath, directory }) =>
      directory ? [{ path: volume.path, volume: volume.name, hostPath, directory }] : [],
    ),
    ...made.flatMap(({ path, hostPath }) => {
      const directory = directoryOf(hostPath)
      return directory ? [{ path, volume: null, hostPath, directory }] : []
    }),
  ].filter(({ path }) => isWritable(path))
}

/** Everything that the doctor needs to know about one app. Changes nothing. */
export async function inspectApp(
  server: VolumeServer,
  app: string,
  sizes: Sizes,
): Promise<AppFacts> {
  const engine = await server.engine()
  const [state, containers, image] = await Promise.all([
    readApp(server, app),
    runningContainers(engine, app),
    engine.image(imageOf(app)),
  ])
  const examined = { server, engine, app, state, containers, image }
  const volumes = await volumeFacts(examined, server.records.of(app), sizes)
  const made = await handMade(examined)
  const places = writable(made, volumes, state.mounts)
  const users: readonly User[] =
    image && places.length > 0 ? await appUsers(engine, image, app) : []
  return {
    app,
    users,
    unkept: await unkept(examined),
    handMade: made,
    places,
    volumes,
    adoption: openState(server, app).read()?.phase ?? null,
  }
}
