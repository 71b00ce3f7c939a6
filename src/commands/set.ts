import { KnownError, noSuchApp } from '../core/errors'
import { settingFor } from '../core/settings'
import { readCommon } from '../host/app-state'
import { writeCron } from '../host/cron'
import { settle } from './enable'
import { isSetUp, openSite } from './site'
import type { Command, CommonOptions } from './world'

export interface SetOptions extends CommonOptions {
  readonly global?: boolean
}

/**
 * Sets one key for an app or for all; without a value it is unset. What follows from it for the
 * mounts and variables of apps happens at once; nothing restarts.
 */
export const set: Command<SetOptions, readonly [string[]]> = async (world, options, words) => {
  const site = await openSite(world)
  const { properties } = site.dokku
  const [target, key, ...values] = options.global ? ['--global', ...words] : words
  if (!target) throw new KnownError('Please specify an app to run the command on')
  const scope = target === '--global' ? 'global' : 'app'
  const apps = await site.dokku.apps()
  if (scope === 'app' && !apps.includes(target)) throw noSuchApp(target)
  const spec = settingFor(scope, key)

  const text = values.join(' ')
  if (text === '') {
    world.log.heading(`Unsetting ${spec.key}`)
    await properties.unset(target, spec.key)
  } else {
    const value = spec.parse(text)
    world.log.heading(`Setting ${spec.key} to ${value}`)
    await properties.set(target, spec.key, value)
  }

  if (spec.key === 'schedule' && isSetUp(site)) await writeCron(world.runner)

  const touched = scope === 'app' ? [target] : apps
  if (!spec.changesApps || !isSetUp(site)) return 0
  return settle(world, { ...site, common: await readCommon(site.dokku) }, touched, false)
}
