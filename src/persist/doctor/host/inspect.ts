import { statSync } from 'node:fs'
import { join } from 'node:path'
import { version } from '../../../../package.json'
import type { Context } from '../../../foundation/cli/command'
import { KnownError } from '../../../foundation/core/errors'
import { diskOf } from '../../../foundation/files/disk'
import { callHelper } from '../../../foundation/helper/call'
import { codeOf } from '../../../foundation/files/walker'
import type { VolumeServer } from '../../volumes/host/server'
import type { HostFacts, InspectedMount } from '../core/checks'
import { type Sizes, inspectApp } from './inspect-apps'

/** Names that Dokku never uses as host paths: an entry may name a Docker volume. */
function isVolume(hostPath: string): boolean {
  return !hostPath.startsWith('/')
}

function findPath(hostPath: string): InspectedMount['found'] {
  if (isVolume(hostPath)) return 'volume'
  try {
    return statSync(hostPath).isDirectory() ? 'directory' : 'file'
  } catch (error) {
    return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR' ? 'missing' : 'unknown'
  }
}

/** The version that a call returns, or its error in one line. */
async function versionOf(
  ask: () => Promise<string>,
): Promise<{ readonly version: string } | { readonly error: string }> {
  try {
    return { version: await ask() }
  } catch (error) {
    if (error instanceof KnownError) return { error: error.message }
    throw error
  }
}

/** The facts about apps. One that cannot be read does not hide the others. */
async function inspectApps(
  server: VolumeServer,
  apps: readonly string[],
  sizes: Sizes,
): Promise<HostFacts['apps']> {
  const found = []
  for (const app of apps) {
    try {
      found.push(await inspectApp(server, app, sizes))
    } catch (error) {
      if (!(error instanceof KnownError)) throw error
      found.push({ app, error: error.message })
    }
  }
  return found
}

/** Reads the facts for the doctor. Changes nothing. */
export async function inspectHost(
  context: Context,
  server: VolumeServer,
  apps: readonly string[],
  sizes: Sizes,
): Promise<HostFacts> {
  const { dokku, platform } = server
  const docker = await versionOf(async () => (await (await context.engine()).version()).engine)
  const helper = await versionOf(async () => {
    const { stdout } = await callHelper(context, 'read', ['version'])
    return (JSON.parse(stdout) as { readonly version: string }).version
  })
  const mounts: InspectedMount[] = []
  // In Dokku's own container the paths of the host are not visible.
  const canSee = platform.root === platform.hostRoot
  for (const app of apps) {
    for (const { hostPath, containerPath, readonly } of await dokku.mounts(app)) {
      const found = canSee ? findPath(hostPath) : 'unknown'
      mounts.push({ app, hostPath, containerPath, readonly, found })
    }
  }
  const cachesRoot = join(platform.libRoot, 'data/shared')
  // Without these two nothing of an app can be read, and both are reported.
  const canRead = canSee && !('error' in docker) && !('error' in helper)
  return {
    ...{ version, node: process.version, docker, helper, mounts, cachesRoot },
    disk: canSee ? await diskOf(server.pathOf('')).catch(() => null) : null,
    apps: canRead ? await inspectApps(server, apps, sizes) : [],
  }
}
