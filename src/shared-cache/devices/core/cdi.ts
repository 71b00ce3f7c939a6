import { rootOf } from '../../catalogue/core/group'
import type { CacheSpec } from '../../catalogue/core/catalogue'
import { isNeeded } from '../../catalogue/core/image-units'
import { digest } from '../../../foundation/core/digest'
import { BUILD_HOME, CARGO_HOMES, DEVICE_KIND } from '../../catalogue/core/build-places'
import { type CacheMountDirectory, SHARED_MOUNTS } from '../../catalogue/core/cache-mounts'

/** An image that a stage of a Dockerfile begins with, as the file names it. */
export interface BaseImage {
  readonly reference: string
  /** `--platform` of the FROM, '' without one. */
  readonly platform: string
}

/** What stands for a base image wherever a name is needed; never changes for the same one. */
export function baseKey({ reference, platform }: BaseImage): string {
  return digest(`${reference}\n${platform}`)
}

/** Whose caches a device is for: those of a group, '' for the common ones. */
interface Whose {
  readonly group?: string | undefined
  /** The generation of the cache that apps need; '' where there is none. Groups have none. */
  readonly generation?: string | undefined
}

/**
 * Name of the device for a cache in a stage that begins with a base image. It is in the key of the
 * layer, so it never changes: what it stands for does. A cache that is the same for every system is
 * one device for all; else null where the base is not known.
 *
 * A layer that a build has from Docker's cache installs nothing again. Where apps need what is in a
 * cache, its name has the generation too, which is another once anything has left the cache.
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
  /** Name of a system, or of the base's own directory as long as its system is not known. */
  readonly room: string
}

interface CdiMount {
  readonly hostPath: string
  readonly containerPath: string
  readonly options: readonly string[]
}

/** A CDI specification, as far as it is used (https://github.com/cncf-tags/container-device-interface). */
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
        : [bind(`${root}/${programs}`, `${BUILD_HOME}/${programs}`, 'ro')]),
    ]
  }
  return CARGO_HOMES.flatMap((home) =>
    cache.mounts.map(({ path }) => bind(`${from}/${path}`, `${home}/${path}`)),
  )
}

function envOf(cache: CacheSpec, home: string): readonly string[] {
  // Where an image has a home of the tool, both homes have the mounts: programs that the tool
  // installs go where they went before.
  const variables = cache.followsImage ? cache.helpers : [cache.location, ...cache.helpers]
  const top = `${BUILD_HOME}/${cache.directory}`
  return variables.map(
    ({ name, value }) => `${name}=${value.replace('{home}', home).replace('{cache}', top)}`,
  )
}

/** What there is to make devices of, below a root as Docker sees it. */
export interface DeviceParts {
  /** Caches whose directories are there: the common ones, of '', and those of groups. */
  readonly caches: Readonly<Record<string, readonly CacheSpec[]>>
  readonly bases: readonly BaseImageDirectory[]
  readonly mounts?: readonly CacheMountDirectory[]
  /** Whether the Engine gives devices to single builds; else every build has to be allowed to ask. */
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
  const rooms = [...parts.bases].sort((one, other) => (one.key < other.key ? -1 : 1))
  return rooms.map(({ key, room }) => device(key, `${home}/${room}`))
}

/**
 * The specification that makes caches devices. Pure: the same in, the same out, whatever the order.
 * The caches of a group are among them only where devices are given: elsewhere every build could have
 * them. Throws a defect for what must not be written: see `checkSpec`.
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
 * Refuses a specification that could harm: a wrong kind stops dockerd for good, a wrong name or path
 * makes it drop the whole file. Throws a defect.
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
