import { readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { KnownError } from '../../../foundation/core/errors'
import { parseBuildOptions } from '../core/build-options'
import { LOSSES_KEY, lossKey, parseLosses } from '../../build-records/core/losses'
import type { CacheMountRules } from '../core/moved-cache-mounts'
import { byDevice } from '../../devices/core/known-cache-mounts'
import type { Values } from '../../../foundation/core/properties'
import { appSettings, effective } from '../../properties/core/properties'
import { knownMounts as mountsOfHost } from '../../devices/host/cache-mounts'
import type { Server } from '../../apps/host/server'

/** A Dockerfile to check, and the names of the files beside it. */
export interface DockerfileSource {
  readonly name: string
  readonly text: string
  readonly files: ReadonlySet<string>
}

/** Larger than any Dockerfile that is written by hand. */
const MOST_BYTES = 1_000_000

/** The text of a file, its byte order mark included. Throws KnownError for what is not UTF-8. */
export function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new KnownError(`${name} is not UTF-8`, { cause })
  }
}

/** Reads a Dockerfile by its path. Throws KnownError where it cannot be read. */
export function readDockerfile(path: string): DockerfileSource {
  try {
    const { size } = statSync(path)
    if (size > MOST_BYTES) throw new KnownError(`${path} is too large for a Dockerfile`)
    const text = decode(readFileSync(path), path)
    return { name: path, text, files: new Set(readdirSync(dirname(path))) }
  } catch (error) {
    if (error instanceof KnownError) throw error
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'no such file' : (code ?? 'it cannot be read')
    throw new KnownError(`Unable to read ${path}: ${why}`, {
      hint: 'Name an app, or the path of a Dockerfile that the user dokku can read.',
      cause: error,
    })
  }
}

/** The build options of an app (`docker-options:add APP build`). */
export async function readBuildOptions(server: Server, app: string) {
  const trigger = join(server.platform.pluginPath, 'docker-options/docker-args-build')
  const { stdout } = await server.runner.read(trigger, [app, 'dockerfile'])
  return parseBuildOptions(stdout)
}

/** This machine's architecture as Docker names it; '' for one that is not tested. */
export function ownArchitecture(): string {
  return { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? ''
}

/** What an app's settings and earlier builds say about its Dockerfile. */
export function buildFacts(server: Server, values: Values) {
  const global = server.settings
  const { caches, group } = appSettings(values, global)
  // Cache mounts in shared storage are for all apps.
  const isShared = group === '' && effective('cache-mounts', values, global) === 'all'
  const cacheMounts: CacheMountRules['mode'] = isShared ? 'all' : 'known'
  const knownMounts = cacheMounts === 'all' ? byDevice(mountsOfHost(server)) : new Map()
  const losses = new Set(parseLosses(values[LOSSES_KEY]).map(lossKey))
  return { caches, group, cacheMounts, knownMounts, losses, architecture: ownArchitecture() }
}
