import { KnownError, noSuchApp } from '../../foundation/core/errors'
import { settingFor } from '../settings/core/settings'
import { readCommon } from '../apps/host/state'
import { writeCron } from '../../foundation/dokku/cron'
import { callHelper } from '../../foundation/helper/call'
import { prepareBuilds } from '../dockerfile/host/prepare'
import { settle } from '../enable/command'
import { lookAtImages } from '../apps/host/inspect-all'
import { isSetUp, openSite } from '../apps/host/context'
import type { Command, CommonOptions, World } from '../../foundation/cli/command'

export interface SetOptions extends CommonOptions {
  readonly global?: boolean
}

/** Has root change what happens at night; before it is recorded, for it may be refused. */
async function changeNight({ runner, log }: World, mode: string): Promise<void> {
  const { stdout } = await callHelper(runner, 'write', ['nightly', mode])
  const { through } = JSON.parse(stdout) as { through: string | null }
  if (through === null)
    log.warn('Dokku prunes nothing at night on this host: it holds once it does')
}

/**
 * Sets one key for an app or for all; without a value it is unset. What follows from it for the
 * mounts and variables of apps happens at once; nothing restarts.
 */
export const set: Command<SetOptions, readonly [string[]]> = async (world, options, words) => {
  const site = openSite(world)
  const { properties } = site.dokku
  const [target, key, ...values] = options.global ? ['--global', ...words] : words
  if (!target) throw new KnownError('Please specify an app to run the command on')
  const scope = target === '--global' ? 'global' : 'app'
  const apps = await site.dokku.apps()
  if (scope === 'app' && !apps.includes(target)) throw noSuchApp(target)
  const spec = settingFor(scope, key)

  const text = values.join(' ')
  const value = text === '' ? null : spec.parse(text)
  world.log.heading(value === null ? `Unsetting ${spec.key}` : `Setting ${spec.key} to ${value}`)
  if (spec.key === 'nightly-prune') await changeNight(world, value ?? spec.fallback)
  if (value === null) await properties.unset(target, spec.key)
  else await properties.set(target, spec.key, value)

  if (spec.key === 'schedule' && isSetUp(site)) await writeCron(world.runner)

  const touched = scope === 'app' ? [target] : apps
  if (!spec.changesApps || !isSetUp(site)) return 0
  const now = { ...site, common: readCommon(site.dokku) }
  // Deploys of an app that was left out were not looked at.
  const isEnabled = spec.key === 'enabled' && value !== 'false'
  const looked = isEnabled ? await lookAtImages(world, now, touched) : now
  const exit = await settle(world, looked, touched, false)
  if (spec.key === 'caches') await prepareBuilds(world, now, (line) => world.log.detail(line))
  return exit
}
