import { KnownError, noSuchApp } from '../core/errors'
import type { SettingSpec } from '../core/properties'
import type { Dokku } from '../dokku/dokku'
import type { CommonOptions, Context } from './command'

export interface SetOptions extends CommonOptions {
  readonly global?: boolean
}

/** A requested change of a property. */
export interface Change<Spec extends SettingSpec> {
  /** An app, or `--global`. */
  readonly target: string
  /** Apps whose effective value may change. */
  readonly apps: readonly string[]
  readonly spec: Spec
  /** In canonical form; null to unset the property. */
  readonly value: string | null
}

/**
 * Parses the words of `set`: an app unless `--global` is given, a key, and a value or nothing. Throws
 * KnownError for an unknown app or key, and for an invalid value.
 */
export async function readChange<Spec extends SettingSpec>(
  dokku: Dokku,
  { global = false }: SetOptions,
  words: readonly string[],
  settingFor: (scope: 'app' | 'global', key: string | undefined) => Spec,
): Promise<Change<Spec>> {
  const [target, key, ...values] = global ? ['--global', ...words] : words
  if (!target) throw new KnownError('Please specify an app to run the command on')
  const apps = await dokku.apps()
  const isGlobal = target === '--global'
  if (!isGlobal && !apps.includes(target)) throw noSuchApp(target)
  const spec = settingFor(isGlobal ? 'global' : 'app', key)
  const text = values.join(' ')
  const value = text === '' ? null : spec.parse(text)
  return { target, apps: isGlobal ? apps : [target], spec, value }
}

/** Says what changes, as Dokku does. */
export function showChange({ log }: Context, { spec, value }: Change<SettingSpec>): void {
  log.heading(value === null ? `Unsetting ${spec.key}` : `Setting ${spec.key} to ${value}`)
}

/** Throws KnownError if Dokku does not store the value. */
export async function writeChange(
  { properties }: Dokku,
  { target, spec, value }: Change<SettingSpec>,
): Promise<void> {
  if (value === null) await properties.unset(target, spec.key)
  else await properties.set(target, spec.key, value)
}
