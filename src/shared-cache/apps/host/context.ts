import { KnownError, noSuchApp } from '../../../foundation/core/errors'
import { type Site } from './apply'
import { readCommon } from './state'
import { makeDokku } from '../../../foundation/dokku/dokku'
import type { World } from '../../../foundation/cli/command'

/** The Dokku of this server. Throws KnownError on a machine that has none. */
export function openSite(world: World): Site {
  const { platform, runner } = world
  if (platform.kind !== 'dokku') {
    throw new KnownError('There is no Dokku on this machine', {
      hint: 'Run this on a Dokku server, as `dokku shared-cache:…`.',
    })
  }
  const dokku = makeDokku(platform, runner)
  return { platform, runner, dokku, common: readCommon(dokku) }
}

/** Whether setup has run on this server: before that, nothing is given to any app. */
export function isSetUp(site: Site): boolean {
  return site.common.settings['setup'] !== undefined
}

/**
 * The apps that a command is about: those named, or all. Throws KnownError with exit code 20 for one
 * that does not exist, and for names beside `--all`.
 */
export async function chooseApps(
  site: Site,
  named: readonly string[],
  all: boolean,
): Promise<readonly string[]> {
  if (all && named.length > 0) {
    throw new KnownError('Name apps, or say --all, not both')
  }
  const apps = await site.dokku.apps()
  for (const app of named) if (!apps.includes(app)) throw noSuchApp(app)
  return all ? apps : [...new Set(named)]
}

/** The values of `--format`. Throws KnownError for any other. */
export function checkFormat(format: string, ...allowed: readonly string[]): void {
  if (!allowed.includes(format)) {
    throw new KnownError(`Invalid --format value specified: ${format}`, {
      hint: `Formats are: ${allowed.join(', ')}`,
    })
  }
}
