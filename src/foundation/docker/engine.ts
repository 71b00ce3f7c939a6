import { createHash } from 'node:crypto'
import type { RawRecord } from '../core/build-record'
import { findAddress } from './engine/address'
import { type Client, chooseApi, compareApi, makeClient } from './engine/client'
import { viewChanges, viewImage } from './engine/container-view'
import { createBindVolume, fillVolume, inspectVolume, removeVolume } from './engine/volumes'
import { type Transport, makeTransport } from './engine/transport'
import type {
  Engine,
  EngineImage,
  EngineInfo,
  EngineVersion,
  EngineVolume,
  Filters,
  PruneAnswer,
} from './engine/types'

export type { Engine, EngineContainer, EngineInfo } from './engine/types'

interface VersionAnswer {
  readonly Version: string
  readonly ApiVersion: string
  readonly MinAPIVersion?: string
}

async function readVersion(transport: Transport): Promise<EngineVersion> {
  const answer = (await makeClient(transport, '').json('GET', '/version')) as VersionAnswer
  const { Version, ApiVersion, MinAPIVersion } = answer
  return { engine: Version, api: ApiVersion, minApi: MinAPIVersion ?? ApiVersion }
}

/** Uses the newest API version: before API 1.50 the response has no devices. */
async function readInfo(transport: Transport): Promise<EngineInfo> {
  const answer = (await makeClient(transport, '').json('GET', '/info')) as Partial<EngineInfo>
  return {
    ServerVersion: answer.ServerVersion ?? '',
    DockerRootDir: answer.DockerRootDir ?? '',
    Driver: answer.Driver ?? '',
    SecurityOptions: answer.SecurityOptions ?? [],
    CDISpecDirs: answer.CDISpecDirs ?? [],
    DiscoveredDevices: answer.DiscoveredDevices ?? [],
  }
}

/** Disk usage of one type. From API 1.52 it has its own object, and must be requested. */
async function usage(client: Client, type: 'build-cache' | 'volume'): Promise<readonly unknown[]> {
  const verbose = compareApi(client.api, '1.52') >= 0 ? '1' : undefined
  const answer = (await client.json('GET', '/system/df', { type, verbose })) as {
    BuildCache?: unknown[] | null
    BuildCacheUsage?: { Items?: unknown[] | null } | null
    Volumes?: unknown[] | null
    VolumeUsage?: { Items?: unknown[] | null } | null
  }
  const [older, newer] =
    type === 'volume'
      ? [answer.Volumes, answer.VolumeUsage]
      : [answer.BuildCache, answer.BuildCacheUsage]
  return newer?.Items ?? older ?? []
}

async function prune(
  client: Client,
  ids: readonly string[],
  unusedFor: number,
): Promise<PruneAnswer> {
  const odd = ids.find((id) => !/^[\w.:-]+$/.test(id))
  if (odd !== undefined) throw new Error(`not the id of a record: ${odd}`)
  // The only filter that accepts several records is a regular expression.
  const id = `"^(${ids.join('|').replaceAll('.', '\\.')})$"`
  // A duration: Engine 20.10 does not accept a time. Minus a second: Engine 28 rounds up to whole
  // seconds.
  const until = unusedFor > 1000 ? { until: [`${unusedFor - 1000}ms`] } : {}
  const filters = JSON.stringify({ id: [id], ...until })
  const answer = (await client.json('POST', '/build/prune', { filters })) as {
    CachesDeleted: string[] | null
    SpaceReclaimed: number
  }
  return { deleted: answer.CachesDeleted ?? [], bytes: answer.SpaceReclaimed }
}

async function listImages(client: Client, reference: string) {
  const filters = JSON.stringify({ reference: [reference] })
  const answer = (await client.json('GET', '/images/json', { filters })) as readonly {
    Id: string
    RepoTags: readonly string[] | null
    Labels: Readonly<Record<string, string>> | null
  }[]
  return answer.map(({ Id, RepoTags, Labels }) => ({
    id: Id,
    tags: RepoTags ?? [],
    labels: Labels ?? {},
  }))
}

async function readHistory(client: Client, image: string): Promise<readonly string[]> {
  const answer = await client.json('GET', `/images/${image}/history`)
  return (answer as readonly { CreatedBy: string }[]).map(({ CreatedBy }) => CreatedBy)
}

interface ImageAnswer {
  readonly Id: string
  readonly Os: string
  readonly Architecture: string
  readonly Size?: number
  readonly RootFS?: { readonly Layers?: readonly string[] | null }
  readonly Config: {
    readonly WorkingDir?: string
    readonly Volumes?: Readonly<Record<string, unknown>> | null
    readonly Entrypoint?: readonly string[] | null
    readonly Cmd?: readonly string[] | null
    readonly User?: string
    readonly Env?: readonly string[] | null
    readonly Labels?: Readonly<Record<string, string>> | null
  } | null
}

async function inspectImage(client: Client, reference: string): Promise<EngineImage | null> {
  const path = reference.split('/').map(encodeURIComponent).join('/')
  const answer = (await client.find(`/images/${path}/json`)) as ImageAnswer | null
  if (!answer) return null
  const variables = (answer.Config?.Env ?? []).map((line): [string, string] => {
    const at = line.indexOf('=')
    return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
  })
  const config = {
    user: answer.Config?.User ?? '',
    env: Object.fromEntries(variables),
    os: answer.Os,
    architecture: answer.Architecture,
    workingDir: answer.Config?.WorkingDir ?? '',
    command: [...(answer.Config?.Entrypoint ?? []), ...(answer.Config?.Cmd ?? [])],
  }
  const layers = answer.RootFS?.Layers ?? [answer.Id]
  return {
    id: answer.Id,
    content: createHash('sha256')
      .update(JSON.stringify([layers, config]))
      .digest('hex'),
    ...config,
    labels: answer.Config?.Labels ?? {},
    volumes: Object.keys(answer.Config?.Volumes ?? {}),
    bytes: answer.Size ?? 0,
  }
}

interface ContainerAnswer {
  readonly Id: string
  readonly Names: readonly string[] | null
  readonly Image: string
  readonly ImageID: string
  readonly State: string
  readonly Labels: Readonly<Record<string, string>> | null
  readonly Mounts:
    | readonly {
        readonly Type: string
        readonly Name?: string
        readonly Source?: string
        readonly Destination?: string
        readonly RW?: boolean
      }[]
    | null
}

async function listContainers(client: Client, filters: Filters) {
  const query = { all: '1', filters: JSON.stringify(filters) }
  const answer = (await client.json('GET', '/containers/json', query)) as ContainerAnswer[]
  return answer.map(({ Id, Names, Image, ImageID, State, Labels, Mounts }) => ({
    id: Id,
    names: (Names ?? []).map((name) => name.replace(/^\//, '')),
    image: Image,
    imageId: ImageID,
    state: State,
    labels: Labels ?? {},
    volumes: (Mounts ?? []).flatMap(({ Type, Name }) => (Type === 'volume' && Name ? [Name] : [])),
    binds: (Mounts ?? []).flatMap(({ Type, Source }) =>
      Type === 'bind' && Source ? [Source] : [],
    ),
    mounts: (Mounts ?? []).map(({ Type, Name, Source, Destination, RW }) => ({
      type: Type,
      volume: Type === 'volume' ? (Name ?? '') : '',
      source: Source ?? '',
      target: Destination ?? '',
      readonly: RW === false,
    })),
  }))
}

async function userIds(client: Client, container: string): Promise<readonly number[]> {
  // Docker runs the host's ps and needs its column of process IDs.
  const query = { ps_args: '-eo pid,uid' }
  const answer = await client.json('GET', `/containers/${container}/top`, query)
  const { Titles, Processes } = answer as { Titles: string[]; Processes: string[][] | null }
  const column = Titles.indexOf('UID')
  return [...new Set((Processes ?? []).map((row) => Number(row[column])))]
}

async function listVolumes(client: Client): Promise<readonly EngineVolume[]> {
  const answer = (await usage(client, 'volume')) as {
    Name: string
    Labels: Record<string, string> | null
    UsageData: { Size: number } | null
  }[]
  return answer.map(({ Name, Labels, UsageData }) => ({
    name: Name,
    labels: Labels ?? {},
    bytes: UsageData && UsageData.Size >= 0 ? UsageData.Size : null,
  }))
}

/**
 * The Engine of an environment (DOCKER_HOST, DOCKER_CONTEXT, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH).
 * Connects at the first call, and then requests the version. Throws KnownError if DOCKER_HOST is not an
 * address.
 */
export function connectEngine(env: NodeJS.ProcessEnv): Engine {
  const transport = makeTransport(findAddress(env))
  let asked: Promise<EngineVersion> | undefined
  const version = () => (asked ??= readVersion(transport))
  const client = async () => {
    const { minApi, api } = await version()
    return makeClient(transport, chooseApi(minApi, api))
  }
  return {
    version,
    info: () => readInfo(transport),
    buildCache: async () => (await usage(await client(), 'build-cache')) as readonly RawRecord[],
    prune: async (ids, unusedFor) => prune(await client(), ids, unusedFor),
    images: async (reference) => listImages(await client(), reference),
    history: async (image) => readHistory(await client(), image),
    image: async (reference) => inspectImage(await client(), reference),
    containers: async (filters) => listContainers(await client(), filters),
    userIds: async (container) => userIds(await client(), container),
    withContainerOf: async (image, look) => viewImage(await client(), image, look),
    withChangesOf: async (container, look) => viewChanges(await client(), container, look),
    volume: async (name) => inspectVolume(await client(), name),
    createBindVolume: async (name, device, labels) =>
      createBindVolume(await client(), name, device, labels),
    removeVolume: async (name) => removeVolume(await client(), name),
    fillVolume: async (image, volume, path) => fillVolume(await client(), image, volume, path),
    volumes: async () => listVolumes(await client()),
  }
}
