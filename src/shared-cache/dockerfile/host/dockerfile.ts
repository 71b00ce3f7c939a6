import { readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { KnownError } from '../../../foundation/core/errors'
import { parseBuildOptions } from '../core/build-options'
import type { CacheMountRules } from '../core/moved-cache-mounts'
import { byDevice } from '../../devices/core/known-cache-mounts'
import type { Values } from '../../../foundation/core/settings'
import { appSettings, effective } from '../../settings/core/settings'
import { knownMounts as mountsOfHost } from '../../devices/host/cache-mounts'
import type { Server } from '../../apps/host/server'

/** A Dockerfile to look at, and the names of the files beside it. */
export interface DockerfileSource {
  readonly name: string
  readonly text: string
  readonly files: ReadonlySet<string>
}

/** Larger than any that was ever written by hand. */
const MOST_BYTES = 1_000_000

/** The text of a file with its byte order mark. Throws KnownError for what is not UTF-8. */
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
    const why = code === 'ENOENT' ? 'there is no such file' : (code ?? 'it cannot be read')
    throw new KnownError(`Unable to read ${path}: ${why}`, {
      hint: 'Name an app, or the path of a Dockerfile that the user dokku may read.',
      cause: error,
    })
  }
}

/** A property of a builder: the app's own, else the one for all. */
function property(server: Server, app: string, plugin: string, key: string): string {
  const { properties } = server.dokku
  return properties.get(app, key, plugin) || properties.get('--global', key, plugin) || ''
}

/** The Dockerfile at the HEAD of an app's repository. Throws KnownError where there is none. */
export async function readAppDockerfile(server: Server, app: string): Promise<DockerfileSource> {
  const folder = property(server, app, 'builder', 'build-dir').replace(/^\/+|\/+$/g, '')
  const path = property(server, app, 'builder-dockerfile', 'dockerfile-path') || 'Dockerfile'
  const name = join(folder, path)
  const git = ['-C', join(server.platform.dokkuRoot, app)]
  const shown = await server.runner.read('git', [...git, 'show', `HEAD:${name}`])
  if (shown.exit !== 0) {
    throw new KnownError(`There is no ${name} in what was deployed last of ${app}`, {
      hint: 'Deploy it, or name the path of a Dockerfile.',
    })
  }
  const listed = await server.runner.read('git', [
    ...git,
    'ls-tree',
    '--name-only',
    `HEAD:${folder}`,
  ])
  return { name, text: `${shown.stdout}\n`, files: new Set(listed.stdout.split('\n')) }
}

/** What an app's docker options say about its builds. */
export async function readBuildOptions(server: Server, app: string) {
  const trigger = join(server.platform.pluginPath, 'docker-options/docker-args-build')
  const { stdout } = await server.runner.read(trigger, [app, 'dockerfile'])
  return parseBuildOptions(stdout)
}

/** This machine's architecture as Docker names it; '' for one whose builds nobody has seen. */
export function ownArchitecture(): string {
  return { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? ''
}

/** What settings and earlier builds say about the rewriting of an app's Dockerfile. */
export function buildFacts(server: Server, values: Values) {
  const global = server.settings
  const { caches, group } = appSettings(values, global)
  // Those in shared storage are for all apps.
  const isShared = group === '' && effective('cache-mounts', values, global) === 'all'
  const cacheMounts: CacheMountRules['mode'] = isShared ? 'all' : 'known'
  const knownMounts = cacheMounts === 'all' ? byDevice(mountsOfHost(server)) : new Map()
  return { caches, group, cacheMounts, knownMounts, architecture: ownArchitecture() }
}
