import { KnownError } from './errors'

/**
 * A property that can be set for one app, for all apps, or both. A report shows a property with both
 * scopes in three rows, as Dokku does: the app's value, the value for all apps, and the effective
 * value.
 */
export interface SettingSpec {
  readonly key: string
  readonly scope: 'app' | 'global' | 'both'
  /** Returns the canonical form of a value. Throws KnownError for an invalid value. */
  readonly parse: (value: string) => string
  /** The default value. */
  readonly fallback: string
  readonly summary: string
}

/** Values of one app or of `--global`, by key. A missing key is not set. */
export type Values = Readonly<Record<string, string>>

/** A report as Dokku prints it: keys without prefix, values as text. */
export type Rows = Readonly<Record<string, string>>

/** The properties of a plugin. `makeSettings` makes it from a table. */
export interface Settings<Spec extends SettingSpec> {
  readonly keysFor: (scope: 'app' | 'global') => readonly string[]
  /** The row of a key. Throws KnownError, with Dokku's message, for an unknown key. */
  readonly settingFor: (scope: 'app' | 'global', key: string | undefined) => Spec
  /** The effective value: the app's, else the one for all apps, else the default. */
  readonly effective: (key: string, app: Values, global: Values) => string
  /** Stored values that `set` would reject. */
  readonly invalidValues: (
    values: Values,
  ) => readonly { readonly key: string; readonly value: string }[]
  /** Rows of the properties of one app. */
  readonly appRows: (app: Values, global: Values) => Rows
  /** Rows of the properties of all apps. */
  readonly globalRows: (global: Values) => Rows
}

function isFor({ scope }: SettingSpec, wanted: 'app' | 'global'): boolean {
  return scope === wanted || scope === 'both'
}

/** Makes the properties of a plugin from its table. */
export function makeSettings<Spec extends SettingSpec>(specs: readonly Spec[]): Settings<Spec> {
  const keysFor = (scope: 'app' | 'global') =>
    specs.filter((spec) => isFor(spec, scope)).map(({ key }) => key)

  const effective = (key: string, app: Values, global: Values) => {
    const spec = specs.find((one) => one.key === key)
    if (!spec) throw new Error(`no setting is called ${key}`)
    for (const value of [app[key], global[key]]) {
      const canonical = value ? accepted(spec, value) : null
      if (canonical !== null) return canonical
    }
    return spec.fallback
  }

  return {
    keysFor,
    settingFor(scope, key) {
      if (!key) throw new KnownError('No key specified')
      const spec = specs.find((one) => one.key === key && isFor(one, scope))
      if (spec) return spec
      throw new KnownError(
        `Invalid key specified, valid keys include: ${keysFor(scope).join(', ')}`,
      )
    },
    effective,
    invalidValues: (values) =>
      specs.flatMap((spec) => {
        const value = values[spec.key]
        return value && accepted(spec, value) === null ? [{ key: spec.key, value }] : []
      }),
    appRows: (app, global) =>
      Object.assign(
        {},
        ...specs
          .filter((spec) => isFor(spec, 'app'))
          .map(({ key, scope }) => ({
            [key]: app[key] ?? '',
            ...(scope === 'both' ? { [`global-${key}`]: global[key] ?? '' } : {}),
            [`computed-${key}`]: effective(key, app, global),
          })),
      ) as Rows,
    globalRows: (global) =>
      Object.assign(
        {},
        ...specs
          .filter((spec) => isFor(spec, 'global'))
          .map(({ key }) => ({
            [`global-${key}`]: global[key] ?? '',
            [`computed-${key}`]: effective(key, {}, global),
          })),
      ) as Rows,
  }
}

/** The canonical form of a stored value; null for an invalid one that was not written by `set`. */
function accepted({ parse }: SettingSpec, value: string): string | null {
  try {
    return parse(value)
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    return null
  }
}

/** The same rows, sorted by key as in Dokku's reports. */
export function sortRows(rows: Rows): Rows {
  return Object.fromEntries(Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * The value for a flag such as `--shared-cache-KEY`. Throws KnownError, with Dokku's message, for an
 * unknown one.
 */
export function rowOf(rows: Rows, flag: string, plugin: string): string {
  const prefix = `--${plugin}-`
  const value = flag.startsWith(prefix) ? rows[flag.slice(prefix.length)] : undefined
  if (value !== undefined) return value
  const flags = Object.keys(rows).map((key) => prefix + key)
  throw new KnownError(`Invalid flag passed, valid flags: ${flags.join(', ')}`)
}
