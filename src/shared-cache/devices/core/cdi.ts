import { rootOf } from '../../catalogue/core/group'
import type { CacheSpec } from '../../catalogue/core/cache-spec'
import { isNeeded } from '../../catalogue/core/image-units'
import { digest } from '../../../foundation/core/digest'
import { BUILD_HOME, CARGO_HOMES, DEVICE_KIND } from '../../catalogue/core/build-places'
import { type CacheMountDirectory, SHARED_MOUNTS } from '../../catalogue/core/cache-mounts'

/** The base image of a stage, as the Dockerfile names it. */
export interface BaseImage {
  readonly reference: string
  /** `--platform` of the FROM, '' if missing. */
  readonly platform: string
}

/** A short, stable name for a base image. */
export function baseKey({ reference, platform }: BaseImage): string {
  return digest(`${reference}\n${platform}`)
}

/** The caches of a device: those of a group, or '' for the common ones. */
interface Whose {
  readonly group?: string | undefined
  /** The generation of the cache that apps need; '' if none. Groups have none. */
  readonly generation?: string | undefined
}

/**
 * Name of the device for a cache in a stage with a base image. It is part of the layer's key in
 * Docker's build cache, so it never changes; the directory of the device does. A cache that is the same
 * for all systems has one device. null if the base is not known.
 *
 * A layer from Docker's build cache installs nothing again. So the name for a cache that apps need at
 * run time also contains the generation, which changes with every removal from the cache.
 */
export function deviceName(
  cache: CacheSpec,
  reference: string | null,
  platform: string,
  whose: Whose = {},
): string | null {
  if (isNeeded(cache.name) && !whose.generation) return null
  if (cache.perSystem === null) return nameFor(cache, null, whose)
  return reference === null ? null : nameFor(cache, baseKey({ reference, platform }), whose)
}

function nameFor(
  { name }: CacheSpec,
  key: string | null,
  { group = '', generation = '' }: Whose,
): string {
  const parts = [group && `of-${digest(group)}`, key, isNeeded(name) && generation]
  return [name, ...parts.filter(Boolean)].join('-')
}

/** A base image by its key, and the directory inside each cache that its builds use. */
export interface BaseImageDirectory {
  readonly key: string
  /** Name of a system, or of the directory of the base while its system is not known. */
  readonly directory: string
}

interface CdiMount {
  readonly hostPath: string
  readonly containerPath: string
  readonly options: readonly string[]
}

/** The used part of a CDI specification (https://github.com/cncf-tags/container-device-interface). */
export interface CdiSpec {
  readonly cdiVersion: string
  readonly kind: string
  readonly annotations: Readonly<Record<string, string>>
  readonly devices: readonly {
    readonly name: string
    readonly containerEdits: {
      readonly env: readonly string[]
      readonly mounts: readonly CdiMount[]
    }
  }[]
}

function bind(hostPath: string, containerPath: string, access: 'rw' | 'ro' = 'rw'): CdiMount {
  return { hostPath, containerPath, options: ['rbind', access] }
}

function mountsOf(root: string, group: string, cache: CacheSpec): readonly CdiMount[] {
  const from = `${rootOf(root, group)}/${cache.directory}`
  if (!cache.followsImage) {
    const { programs } = cache
    return [
      bind(from, `${BUILD_HOME}/${cache.directory}`),
      ...(programs === null
        ? []
        : [bind(`${root}/${programs.directory}`, `${BUILD_HOME}/${programs.directory}`, 'ro')]),
    ]
  }
  return CARGO_HOMES.flatMap((home) =>
    cache.mounts.map(({ path }) => bind(`${from}/${path}`, `${home}/${path}`)),
  )
}

function envOf(cache: CacheSpec, home: string): readonly string[] {
  // Both cargo directories get the mounts, so the variable of the image is kept: programs are installed
  // where they were before.
  const variables = cache.followsImage ? cache.helpers : [cache.location, ...cache.helpers]
  const top = `${BUILD_HOME}/${cache.directory}`
  return variables.map(
    ({ name, value }) => `${name}=${value.replace('{home}', home).replace('{cache}', top)}`,
  )
}

/** The caches to make devices for. */
export interface DeviceParts {
  /** Caches whose directories exist, by group; '' for the common ones. */
  readonly caches: Readonly<Record<string, readonly CacheSpec[]>>
  readonly bases: readonly BaseImageDirectory[]
  readonly mounts?: readonly CacheMountDirectory[]
  /** Whether the Engine allows devices for single builds; otherwise every build may request them. */
  readonly given?: boolean
  readonly generation?: string
}

function devicesOf(root: string, group: string, cache: CacheSpec, parts: DeviceParts) {
  const home = `${BUILD_HOME}/${cache.directory}`
  const whose = { group, generation: group === '' ? (parts.generation ?? '') : '' }
  const device = (key: string | null, place: string) => ({
    name: nameFor(cache, key, whose),
    containerEdits: { env: envOf(cache, place), mounts: mountsOf(root, group, cache) },
  })
  if (isNeeded(cache.name) && whose.generation === '') return []
  if (cache.perSystem === null) return [device(null, home)]
  const bases = [...parts.bases].sort((one, other) => (one.key < other.key ? -1 : 1))
  return bases.map(({ key, directory }) => device(key, `${home}/${directory}`))
}

/**
 * The specification with the devices of caches. The order of the input does not matter. `root` is the
 * root of the caches as Docker sees it. Caches of groups are included only if the Engine allows devices
 * for single builds: otherwise every build could use them. Throws a defect for a specification that
 * must not be written: see `checkSpec`.
 */
export function makeSpec(root: string, parts: DeviceParts): CdiSpec {
  const { given = false, mounts = [] } = parts
  const groups = Object.keys(parts.caches)
    .filter((group) => given || group === '')
    .sort()
  const devices = groups.flatMap((group) =>
    (parts.caches[group] ?? []).flatMap((cache) => devicesOf(root, group, cache, parts)),
  )
  const shared = [...mounts].sort((one, other) => (one.device < other.device ? -1 : 1))
  const ofMounts = shared.map(({ device, key, target }) => ({
    name: device,
    containerEdits: { env: [], mounts: [bind(`${root}/${SHARED_MOUNTS}/${key}`, target)] },
  }))
  const spec: CdiSpec = {
    cdiVersion: '0.6.0',
    kind: DEVICE_KIND,
    annotations: given ? {} : { 'org.mobyproject.buildkit.device.autoallow': 'true' },
    devices: [...devices, ...ofMounts],
  }
  checkSpec(spec)
  return spec
}

const ABSOLUTE = /^(?:\/[^/\0]+)+$/

function isPlain(path: string): boolean {
  return ABSOLUTE.test(path) && !path.split('/').some((name) => name === '.' || name === '..')
}

/**
 * Rejects a harmful specification: a wrong kind stops dockerd at every start, and a wrong name or path
 * makes it ignore the whole file. Throws a defect.
 */
export function checkSpec({ kind, devices }: CdiSpec): void {
  const refuse = (what: string) => {
    throw new Error(`a specification that must not be written: ${what}`)
  }
  if (kind !== 'dokku.com/shared-cache') refuse(`kind ${kind}`)
  const names = new Set<string>()
  for (const { name, containerEdits } of devices) {
    if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name)) refuse(`device ${name}`)
    if (names.has(name)) refuse(`device ${name} twice`)
    names.add(name)
    const { env, mounts } = containerEdits
    for (const pair of env) {
      if (!/^[A-Za-z_][A-Za-z0-9_]*=[^\0\n]*$/.test(pair)) refuse(`variable ${pair}`)
    }
    if (mounts.length === 0) refuse(`device ${name} without mounts`)
    for (const { hostPath, containerPath } of mounts) {
      if (!isPlain(hostPath) || !isPlain(containerPath)) refuse(`${hostPath} at ${containerPath}`)
    }
  }
}
