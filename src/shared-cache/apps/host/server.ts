import { KnownError, noSuchApp } from '../../../foundation/core/errors'
import type { Context } from '../../../foundation/cli/command'
import { type Dokku, makeDokku } from '../../../foundation/dokku/dokku'
import type { DokkuPlatform } from '../../../foundation/platform'
import type { Runner } from '../../../foundation/process/runner'
import type { Values } from '../../../foundation/core/properties'
import type { Seen } from '../core/app'

/** A Dokku server, with the data that all its apps share. Read once in each process. */
export interface Server {
  readonly runner: Runner
  readonly platform: DokkuPlatform
  readonly dokku: Dokku
  /** Properties that are set for all apps. */
  readonly settings: Values
  /** Variables of all apps (`config:set --global`). The first call starts a process. */
  readonly globalEnv: () => Promise<Readonly<Record<string, string>>>
  /** New inspections of apps. They override the record. */
  readonly seen?: ReadonlyMap<string, Seen>
  /** Properties that a dry run assumes instead of the recorded ones. */
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
      hint: 'Run this command on a Dokku server: dokku shared-cache:…',
    })
  }
  const dokku = makeDokku(platform, runner)
  let asked: Promise<Record<string, string>> | undefined
  const globalEnv = () => (asked ??= dokku.env('--global'))
  return { platform, runner, dokku, settings: dokku.properties.all('--global'), globalEnv }
}

/** The global property that setup writes. Without it, no app gets anything. `plugin/functions` reads it. */
const SETUP = 'setup'

/** Whether setup has run on this server. */
export function isSetUp({ settings }: Server): boolean {
  return settings[SETUP] !== undefined
}

/** Records that setup has run on this server. */
export async function markSetUp({ dokku }: Server, now: Date): Promise<void> {
  await dokku.properties.set('--global', SETUP, now.toISOString())
}

/**
 * The apps of a command: the named ones, or all. Throws KnownError for names together with `--all`, and
 * with exit code 20 for an app that does not exist.
 */
export async function chooseApps(
  server: Server,
  named: readonly string[],
  all: boolean,
): Promise<readonly string[]> {
  if (all && named.length > 0) {
    throw new KnownError('Name apps or use --all, not both')
  }
  const apps = await server.dokku.apps()
  for (const app of named) if (!apps.includes(app)) throw noSuchApp(app)
  return all ? apps : [...new Set(named)]
}
