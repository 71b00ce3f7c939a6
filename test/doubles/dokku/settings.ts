import { verifyApp } from './names'
import { Failure, type File, type Files, isOlder, log } from './dokku'
import { properties } from './properties'
import { report } from './report'

/** Core plugins that have little more than properties: keys, and their defaults. */
const PLUGINS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'builder-dockerfile': { 'dockerfile-path': 'Dockerfile' },
  builder: { selected: '' },
  scheduler: { selected: 'docker-local', shell: '' },
}

// Only one of them still repeats its keys with the prefix; before 0.38 it had only these.
const PREFIXED = ['scheduler']
const KEYS_OF_0_38 = ['shell']

const set =
  (plugin: string, keys: readonly string[]): File =>
  (_, ...given) => {
    const [app = '', key = '', value = ''] = given
    if (app !== '--global') verifyApp(app)
    if (key === '') throw new Failure('No key specified')
    if (!keys.includes(key))
      throw new Failure(`Invalid key specified, valid keys include: ${keys.join(', ')}`)
    if (value === '') {
      log.info2Quiet(`Unsetting ${key}`)
      properties.delete(plugin, app, key)
      return 0
    }
    log.info2Quiet(`Setting ${key} to ${value}`)
    properties.set(plugin, app, key, value)
    return 0
  }

function rows(plugin: string, app: string): Record<string, string> {
  const all: Record<string, string> = {}
  for (const [key, otherwise] of Object.entries(PLUGINS[plugin] ?? {})) {
    if (isOlder() && KEYS_OF_0_38.includes(key)) continue
    const own = properties.get(plugin, app, key)
    const global = properties.get(plugin, '--global', key, isOlder() ? otherwise : '')
    if (app !== '--global') all[`--${plugin}-${key}`] = own
    all[`--${plugin}-global-${key}`] = global
    all[`--${plugin}-computed-${key}`] = own || global || otherwise
  }
  return all
}

/** A property, followed by its global and its built-in value. */
export function computed(plugin: string, app: string, key: string): string {
  return rows(plugin, app)[`--${plugin}-computed-${key}`] ?? ''
}

function files(plugin: string): Files {
  return {
    [`${plugin}/subcommands/set`]: set(plugin, Object.keys(PLUGINS[plugin] ?? {})),
    [`${plugin}/subcommands/report`]: (_, ...given) =>
      report(plugin, given, (app) => rows(plugin, app), {
        prefixed: PREFIXED.includes(plugin),
        keepPrefix: isOlder(),
      }),
    [`${plugin}/post-app-clone-setup`]: (from = '', to = '') => properties.clone(plugin, from, to),
    [`${plugin}/post-app-rename-setup`]: (from = '', to = '') => properties.clone(plugin, from, to),
    [`${plugin}/post-delete`]: (app = '') => properties.destroy(plugin, app),
  }
}

export const settingFiles: Files = {
  ...files('builder-dockerfile'),
  ...files('builder'),
  ...files('scheduler'),
  'scheduler/scheduler-detect': (app = '') => log.line(computed('scheduler', app, 'selected')),
}
