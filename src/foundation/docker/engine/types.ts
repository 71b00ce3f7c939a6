import type { RawRecord } from '../../core/build-record'
import type { ContainerView } from './container-view'

export interface EngineVersion {
  /** Of the Engine, such as `28.5.2+dfsg4`. */
  readonly engine: string
  /** The newest and the oldest API it offers. */
  readonly api: string
  readonly minApi: string
}

/** The part of `GET /info` that is used; what an Engine does not know of is empty. */
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
  /** Of its layers and of all that follows, save labels: the same for the image that Dokku labels. */
  readonly content: string
  readonly user: string
  readonly env: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly os: string
  readonly architecture: string
  readonly workingDir: string
  /** Words of its entry point and command. */
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
  /** Paths of the host that it mounts. */
  readonly binds: readonly string[]
}

export interface EngineVolume {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Bytes; null where the driver cannot say. */
  readonly bytes: number | null
}

export interface PruneAnswer {
  readonly deleted: readonly string[]
  /** Bytes that Docker says it freed. */
  readonly bytes: number
}

export type Filters = Readonly<Record<string, readonly string[]>>

/**
 * The Docker Engine, over its socket: no `docker` process, exact bytes, RFC 3339 times. Every
 * function throws KnownError where the daemon cannot be reached or refuses.
 */
export interface Engine {
  version(): Promise<EngineVersion>
  info(): Promise<EngineInfo>
  /** Records of the build cache, and nothing else where the API can (1.42 and up). */
  buildCache(): Promise<readonly RawRecord[]>
  /**
   * Removes records by id, in one request. Docker skips what is in use or shared, and what was used
   * within the last `unusedFor` milliseconds, to the second.
   */
  prune(ids: readonly string[], unusedFor: number): Promise<PruneAnswer>
  /** Images whose reference matches, such as `dokku/*`. */
  images(reference: string): Promise<readonly EngineImageSummary[]>
  /** The commands that made an image (`CreatedBy`), newest first. */
  history(image: string): Promise<readonly string[]>
  /** An image by name or id; null where there is none. */
  image(reference: string): Promise<EngineImage | null>
  /** Containers, stopped ones too; filters as in `docker ps --filter`. */
  containers(filters: Filters): Promise<readonly EngineContainer[]>
  /** Users of a running container's processes, as the host's own numbers. */
  userIds(container: string): Promise<readonly number[]>
  /** Looks into an image without running it. */
  withContainerOf<Result>(
    image: string,
    look: (view: ContainerView) => Promise<Result>,
  ): Promise<Result>
  /** Files that a container has made or changed over its image, and what they hold now. */
  withChangesOf<Result>(
    container: string,
    look: (paths: readonly string[], view: ContainerView) => Promise<Result>,
  ): Promise<Result>
  /** Volumes with their sizes: the Engine walks each one, which takes its time. */
  volumes(): Promise<readonly EngineVolume[]>
}
