import { KnownError, noSuchApp } from '../../foundation/core/errors'
import { settingFor } from '../settings/core/settings'
import { writeCron } from '../../foundation/dokku/cron'
import { callHelper } from '../../foundation/helper/call'
import { prepareBuilds } from '../dockerfile/host/prepare'
import { settle } from '../enable/command'
import { inspectImages } from '../apps/host/inspect-all'
import { isSetUp, openServer, reread } from '../apps/host/server'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'

export interface SetOptions extends CommonOptions {
  readonly global?: boolean
}

/** Has root change what happens at night; before it is recorded, for it may be refused. */
async function changeNight(context: Context, mode: string): Promise<void> {
  const { stdout } = await callHelper(context, 'write', ['nightly', mode])
  const { through } = JSON.parse(stdout) as { through: string | null }
  if (through === null)
    context.log.warn('Dokku prunes nothing at night on this host: it holds once it does')
}

/**
 * Sets one key for an app or for all; without a value it is unset. What follows from it for the
 * mounts and variables of apps happens at once; nothing restarts.
 */
export const set: Command<SetOptions, readonly [string[]]> = async (context, options, words) => {
  const server = openServer(context)
  const { properties } = server.dokku
  const [target, key, ...values] = options.global ? ['--global', ...words] : words
  if (!target) throw new KnownError('Please specify an app to run the command on')
  const scope = target === '--global' ? 'global' : 'app'
  const apps = await server.dokku.apps()
  if (scope === 'app' && !apps.includes(target)) throw noSuchApp(target)
  const spec = settingFor(scope, key)

  const text = values.join(' ')
  const value = text === '' ? null : spec.parse(text)
  context.log.heading(value === null ? `Unsetting ${spec.key}` : `Setting ${spec.key} to ${value}`)
  if (spec.key === 'nightly-prune') await changeNight(context, value ?? spec.fallback)
  if (value === null) await properties.unset(target, spec.key)
  else await properties.set(target, spec.key, value)

  if (spec.key === 'schedule' && isSetUp(server)) await writeCron(context.runner)

  const touched = scope === 'app' ? [target] : apps
  if (!spec.changesApps || !isSetUp(server)) return 0
  const now = reread(server)
  // Deploys of an app that was left out were not looked at.
  const isEnabled = spec.key === 'enabled' && value !== 'false'
  const looked = isEnabled ? await inspectImages(context, now, touched) : now
  const exit = await settle(context, looked, touched, false)
  if (spec.key === 'caches') await prepareBuilds(context, now, (line) => context.log.detail(line))
  return exit
}
