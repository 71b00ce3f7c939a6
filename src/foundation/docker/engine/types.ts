import type { RawRecord } from '../../core/build-record'
import type { ContainerView } from './container-view'
import type { VolumeDetails } from './volumes'

export interface EngineVersion {
  /** Version of the Engine, such as `28.5.2+dfsg4`. */
  readonly engine: string
  /** Newest and oldest API version that it supports. */
  readonly api: string
  readonly minApi: string
}

/** The used part of `GET /info`. Fields that the Engine does not support are empty. */
export interface EngineInfo {
  readonly ServerVersion: string
  readonly DockerRootDir: string
  readonly Driver: string
  readonly SecurityOptions: readonly string[]
  readonly CDISpecDirs: readonly string[]
  readonly DiscoveredDevices: readonly { readonly Source: string; readonly ID: string }[]
}

interface EngineImageSummary {
  readonly id: string
  readonly tags: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

export interface EngineImage {
  readonly id: string
  /** Digest of its layers and configuration without labels: Dokku's labels do not change it. */
  readonly content: string
  readonly user: string
  readonly env: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly os: string
  readonly architecture: string
  readonly workingDir: string
  /** Paths that it declares as volumes. */
  readonly volumes: readonly string[]
  /** Its entry point and command. */
  readonly command: readonly string[]
  readonly bytes: number
}

export interface EngineContainer {
  readonly id: string
  readonly names: readonly string[]
  readonly image: string
  readonly imageId: string
  readonly state: string
  readonly labels: Readonly<Record<string, string>>
  /** Names of its volumes. */
  readonly volumes: readonly string[]
  /** Host paths that it mounts. */
  readonly binds: readonly string[]
  /** All its mounts. */
  readonly mounts: readonly ContainerMount[]
}

/** A mount of a container. */
interface ContainerMount {
  readonly type: string
  /** Name of the volume; '' for a directory of the host. */
  readonly volume: string
  /** The path on the host. */
  readonly source: string
  /** The path in the container. */
  readonly target: string
  readonly readonly: boolean
}

export interface EngineVolume {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Bytes; null if the volume driver does not report them. */
  readonly bytes: number | null
}

export interface PruneAnswer {
  readonly deleted: readonly string[]
  /** Freed bytes, as Docker reports them. */
  readonly bytes: number
}

export type Filters = Readonly<Record<string, readonly string[]>>

/**
 * The Docker Engine, through its API: no `docker` process, exact bytes, RFC 3339 times. Every function
 * throws KnownError if the daemon cannot be reached or returns an error.
 */
export interface Engine {
  version(): Promise<EngineVersion>
  info(): Promise<EngineInfo>
  /** Records of the build cache. API 1.42 and later measure nothing else. */
  buildCache(): Promise<readonly RawRecord[]>
  /**
   * Removes records by ID, in one request. Docker skips records that are in use or shared, or were used
   * within the last `unusedFor` milliseconds (rounded to seconds).
   */
  prune(ids: readonly string[], unusedFor: number): Promise<PruneAnswer>
  /** Images whose reference matches, such as `dokku/*`. */
  images(reference: string): Promise<readonly EngineImageSummary[]>
  /** The commands that built an image (`CreatedBy`), newest first. */
  history(image: string): Promise<readonly string[]>
  /** An image by name or ID; null if it does not exist. */
  image(reference: string): Promise<EngineImage | null>
  /** Containers, including stopped ones; filters as in `docker ps --filter`. */
  containers(filters: Filters): Promise<readonly EngineContainer[]>
  /** User IDs of a running container's processes, as numbers of the host. */
  userIds(container: string): Promise<readonly number[]>
  /** Reads the files of an image without running it. */
  withContainerOf<Result>(
    image: string,
    look: (view: ContainerView) => Promise<Result>,
  ): Promise<Result>
  /** Reads the files that a container has created or changed. */
  withChangesOf<Result>(
    container: string,
    look: (paths: readonly string[], view: ContainerView) => Promise<Result>,
  ): Promise<Result>
  /** A volume by name; null if it does not exist. */
  volume(name: string): Promise<VolumeDetails | null>
  /** Creates a volume that shows a directory of the host. */
  createBindVolume(
    name: string,
    device: string,
    labels: Readonly<Record<string, string>>,
  ): Promise<void>
  removeVolume(name: string): Promise<void>
  /** Copies what an image has at a path into an empty volume. */
  fillVolume(image: string, volume: string, path: string): Promise<void>
  /** Volumes with their sizes. Slow: the Engine measures each one. */
  volumes(): Promise<readonly EngineVolume[]>
}
