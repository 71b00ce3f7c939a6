import { KnownError, noSuchApp } from '../../../foundation/core/errors'
import type { Context } from '../../../foundation/cli/command'
import { type Dokku, makeDokku } from '../../../foundation/dokku/dokku'
import type { DokkuPlatform } from '../../../foundation/platform'
import type { Runner } from '../../../foundation/process/runner'
import type { Values } from '../../../foundation/core/settings'
import type { Seen } from '../core/app'

/** A server with Dokku, and what is the same for all its apps. Read once for each process. */
export interface Server {
  readonly runner: Runner
  readonly platform: DokkuPlatform
  readonly dokku: Dokku
  /** Properties that are set for all apps. */
  readonly settings: Values
  /** Variables that are set for all apps (`config:set --global`). The first call starts a process. */
  readonly globalEnv: () => Promise<Readonly<Record<string, string>>>
  /** What was just seen of apps; newer than what is recorded. */
  readonly seen?: ReadonlyMap<string, Seen>
  /** Properties that a dry run plans with, in place of those of the apps. */
  readonly assumed?: Values
}

/** The same server with its properties read again. */
export function reread({ runner, platform, dokku, globalEnv }: Server): Server {
  return { runner, platform, dokku, settings: dokku.properties.all('--global'), globalEnv }
}

/** The Dokku of this server. Throws KnownError on a machine without Dokku. */
export function openServer({ platform, runner }: Context): Server {
  if (platform.kind !== 'dokku') {
    throw new KnownError('There is no Dokku on this machine', {
      hint: 'Run this on a Dokku server, as `dokku shared-cache:…`.',
    })
  }
  const dokku = makeDokku(platform, runner)
  let asked: Promise<Record<string, string>> | undefined
  const globalEnv = () => (asked ??= dokku.env('--global'))
  return { platform, runner, dokku, settings: dokku.properties.all('--global'), globalEnv }
}

/** Whether setup has run on this server: before that, nothing is given to any app. */
export function isSetUp(server: Server): boolean {
  return server.settings['setup'] !== undefined
}

/**
 * The apps that a command is about: those named, or all. Throws KnownError with exit code 20 for one
 * that does not exist, and for names beside `--all`.
 */
export async function chooseApps(
  server: Server,
  named: readonly string[],
  all: boolean,
): Promise<readonly string[]> {
  if (all && named.length > 0) {
    throw new KnownError('Name apps, or say --all, not both')
  }
  const apps = await server.dokku.apps()
  for (const app of named) if (!apps.includes(app)) throw noSuchApp(app)
  return all ? apps : [...new Set(named)]
}
