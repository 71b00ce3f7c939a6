import { KnownError, noSuchApp } from '../core/errors'
import type { Host } from '../cli/command'
import type { DokkuPlatform } from '../platform'
import type { Runner } from '../process/runner'
import { type Dokku, makeDokku } from './dokku'

/** A server with Dokku. */
export interface DokkuHost {
  readonly runner: Runner
  readonly platform: DokkuPlatform
  readonly dokku: Dokku
}

/** The Dokku of this server. Throws KnownError on a machine without Dokku. */
export function openDokku({ platform, runner }: Host): DokkuHost {
  if (platform.kind !== 'dokku') {
    throw new KnownError('There is no Dokku on this machine', {
      hint: `Run this on a Dokku server, as \`dokku ${platform.plugin.name}:…\`.`,
    })
  }
  return { platform, runner, dokku: makeDokku(platform, runner) }
}

/** Throws KnownError, exit code 20, for an app that does not exist. */
export async function expectApp(dokku: Dokku, app: string): Promise<void> {
  if (!(await dokku.apps()).includes(app)) throw noSuchApp(app)
}

/** The named app, or all apps. Throws KnownError, exit code 20, for an app that does not exist. */
export async function oneOrAllApps(
  dokku: Dokku,
  app: string | undefined,
): Promise<readonly string[]> {
  if (app === undefined) return dokku.apps()
  await expectApp(dokku, app)
  return [app]
}
