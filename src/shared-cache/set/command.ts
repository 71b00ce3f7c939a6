import {
  type Change,
  type SetOptions,
  readChange,
  showChange,
  writeChange,
} from '../../foundation/cli/set'
import { type CacheSettingSpec, settingFor } from '../properties/core/properties'
import { writeCron } from '../../foundation/dokku/cron'
import { callHelper } from '../../foundation/helper/call'
import { prepareHost } from '../setup/host/apply-host'
import { changeApps } from '../apps/host/change-apps'
import { type Server, isSetUp, openServer, reread } from '../apps/host/server'
import type { Command, Context } from '../../foundation/cli/command'

/**
 * Changes Dokku's nightly prune through the root helper. Runs before the property is set, because it
 * may fail.
 */
async function changeNightlyPrune(context: Context, mode: string): Promise<void> {
  const { stdout } = await callHelper(context, 'write', ['nightly', mode])
  const { through } = JSON.parse(stdout) as { through: string | null }
  if (through === null) {
    context.log.warn(
      'Dokku has no nightly prune on this host. The setting applies once it has one.',
    )
  }
}

type CacheChange = Change<CacheSettingSpec>

async function writeProperty(
  context: Context,
  { dokku }: Server,
  change: CacheChange,
): Promise<void> {
  const { spec, value } = change
  if (spec.key === 'nightly-prune') await changeNightlyPrune(context, value ?? spec.fallback)
  await writeChange(dokku, change)
}

/** Changes what depends on the property: the crontab, mounts and variables of apps, the host. */
async function applyChange(
  context: Context,
  server: Server,
  { apps, spec, value }: CacheChange,
): Promise<number> {
  if (!isSetUp(server)) return 0
  if (spec.key === 'schedule') await writeCron(context.runner)
  if (!spec.changesApps) return 0
  // Deploys of excluded apps are not inspected, so inspect an enabled app now.
  const images = spec.key === 'enabled' && value !== 'false'
  const exit = await changeApps(context, server, apps, { dryRun: false, images })
  if (spec.key === 'caches') await prepareHost(context, server)
  return exit
}

/**
 * Sets a property of an app or of all apps; without a value it is unset. Mounts and variables of apps
 * change at once; nothing restarts. Exits with 1 if an app failed.
 */
export const set: Command<SetOptions, readonly [string[]]> = async (context, options, words) => {
  const server = openServer(context)
  const change = await readChange(server.dokku, options, words, settingFor)
  showChange(context, change)
  await writeProperty(context, server, change)
  return applyChange(context, reread(server), change)
}
