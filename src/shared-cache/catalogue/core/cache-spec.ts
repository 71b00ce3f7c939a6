import type { Programs } from './programs'

/** A directory or file of the host that is mounted into containers. */
interface MountSpec {
  /** Path relative to the cache directory and to its path in the container; '' for the whole cache. */
  readonly path: string
  readonly kind: 'directory' | 'file'
}

interface VariableSpec {
  readonly name: string
  /**
   * The value. `{cache}` is replaced by the path of the cache in the container, `{home}` by the path of
   * its system's directory, if each system has one.
   */
  readonly value: string
}

export interface CacheSpec {
  /** Its name in commands, such as `--cache pip`. */
  readonly name: string
  /** The package manager, for people. */
  readonly title: string
  /** Directory below the root of the shared caches. */
  readonly directory: string
  /** What uses it: containers and builds, all builds, or only Dockerfile builds. */
  readonly usedIn: 'everything' | 'builds' | 'dockerfiles'
  /** Whether apps get it by default. */
  readonly onByDefault: boolean
  /** The tool's default path in a container that runs as root. */
  readonly rootHome: string
  readonly mounts: readonly MountSpec[]
  /** The variable with the path of the tool's cache. A value in an image has priority. */
  readonly location: VariableSpec
  /** Other variables that sharing needs. They are set only together with the location. */
  readonly helpers: readonly VariableSpec[]
  /** Paths in the cache of downloads, which are the same for every system. */
  readonly downloaded: readonly string[]
  /** Paths in the cache of files that were built or differ by system. */
  readonly built: readonly string[]
  /**
   * Paths, absolute or relative to the home directory of the image's user, at which an image may have
   * files that a running app needs. With the location variable the tool would not find them.
   */
  readonly bakedPlaces: readonly string[]
  /**
   * Set if the tool's files differ by system: each system then has its own directory in the cache, with
   * links to what all systems share.
   */
  readonly perSystem: { readonly links: readonly string[] } | null
  /**
   * A second path that is the same in all containers: uv before 0.11.17 writes links with absolute
   * paths into its cache, and they must work in other containers.
   */
  readonly samePlace: string | null
  /** An image that sets the location gets the mounts there and keeps its value (cargo). */
  readonly followsImage: boolean
  /**
   * Names in the cache that containers must not share, because what is in them depends on more than the
   * name: each is a link to a directory that every container has for itself.
   */
  readonly ownInContainers: readonly string[]
  /**
   * What differs on a machine without Dokku, where one user may build for several systems: variables, and
   * the name of a link in the cache to the cache itself.
   */
  readonly withoutDokku: {
    readonly variables: readonly VariableSpec[]
    readonly link: string
  } | null
  /** The programs that it needs in containers. */
  readonly programs: Programs | null
}

const whole: readonly MountSpec[] = [{ path: '', kind: 'directory' }]

/** A row of the catalogue, with what most tools have. */
export function row(
  spec: Pick<CacheSpec, 'name' | 'title' | 'directory' | 'rootHome' | 'location'> &
    Partial<CacheSpec>,
): CacheSpec {
  return {
    onByDefault: false,
    usedIn: 'everything',
    mounts: whole,
    helpers: [],
    downloaded: [''],
    built: [],
    bakedPlaces: [],
    followsImage: false,
    perSystem: null,
    samePlace: null,
    ownInContainers: [],
    withoutDokku: null,
    programs: null,
    ...spec,
  }
}
