import { statSync } from 'node:fs'
import { join } from 'node:path'
import { version } from '../../../../package.json'
import type { Context } from '../../../foundation/cli/command'
import { KnownError } from '../../../foundation/core/errors'
import type { DokkuHost } from '../../../foundation/dokku/open'
import { callHelper } from '../../../foundation/helper/call'
import { codeOf } from '../../../foundation/files/walker'
import type { HostFacts, InspectedMount } from '../core/checks'

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

/** Reads the facts for the doctor. Changes nothing. */
export async function inspectHost(
  context: Context,
  { dokku, platform }: DokkuHost,
  apps: readonly string[],
): Promise<HostFacts> {
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
  return { version, node: process.version, docker, helper, mounts, cachesRoot }
}
