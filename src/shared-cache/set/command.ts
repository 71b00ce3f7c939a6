import { KnownError, noSuchApp } from '../../foundation/core/errors'
import { type CacheSettingSpec, settingFor } from '../properties/core/properties'
import { join } from 'node:path'
import { withLock } from '../../foundation/process/lock'
import { writeCron } from '../../foundation/dokku/cron'
import { callHelper } from '../../foundation/helper/call'
import { prepareHost } from '../setup/host/apply-host'
import { changeApps } from '../apps/host/change-apps'
import { type Server, isSetUp, openServer, reread } from '../apps/host/server'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'

export interface SetOptions extends CommonOptions {
  readonly global?: boolean
}

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

/** The requested change. */
interface Change {
  /** An app, or `--global`. */
  readonly target: string
  /** Apps whose effective value may change. */
  readonly apps: readonly string[]
  readonly spec: CacheSettingSpec
  /** In canonical form; null to unset the property. */
  readonly value: string | null
}

/** Parses the arguments. Throws KnownError for an unknown app or key, and for an invalid value. */
async function readChange(server: Server, words: readonly string[]): Promise<Change> {
  const [target, key, ...values] = words
  if (!target) throw new KnownError('Please specify an app to run the command on')
  const apps = await server.dokku.apps()
  const isGlobal = target === '--global'
  if (!isGlobal && !apps.includes(target)) throw noSuchApp(target)
  const spec = settingFor(isGlobal ? 'global' : 'app', key)
  const text = values.join(' ')
  const value = text === '' ? null : spec.parse(text)
  return { target, apps: isGlobal ? apps : [target], spec, value }
}

/**
 * Writes a property, and what the host has of it: the nightly prune and the crontab. Under a lock: of two
 * commands at once the last one that writes the property also writes the crontab last.
 */
async function writeProperty(
  context: Context,
  server: Server,
  { target, spec, value }: Change,
): Promise<void> {
  const { properties } = server.dokku
  await withLock(join(server.platform.libRoot, 'config'), 'the properties', async () => {
    if (spec.key === 'nightly-prune') await changeNightlyPrune(context, value ?? spec.fallback)
    if (value === null) await properties.unset(target, spec.key)
    else await properties.set(target, spec.key, value)
    if (spec.key === 'schedule' && isSetUp(server)) await writeCron(context.runner)
  })
}

/** Changes what depends on the property: mounts and variables of apps, the host. */
async function applyChange(
  context: Context,
  server: Server,
  { apps, spec, value }: Change,
): Promise<number> {
  if (!isSetUp(server) || !spec.changesApps) return 0
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
  const change = await readChange(server, options.global ? ['--global', ...words] : words)
  const { spec, value } = change
  context.log.heading(value === null ? `Unsetting ${spec.key}` : `Setting ${spec.key} to ${value}`)
  await writeProperty(context, server, change)
  return applyChange(context, reread(server), change)
}
