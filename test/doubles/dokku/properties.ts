import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, type File, type Files, log, overwrite, paths } from './dokku'

const place = (plugin: string, ...rest: string[]) => paths.lib('config', plugin, ...rest)

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Dokku's property store: a file for each value, `config/PLUGIN/APP/KEY`, mode 0600. */
export const properties = {
  setup(plugin: string): void {
    mkdirSync(place(plugin), { recursive: true, mode: 0o755 })
  },
  exists: (plugin: string, app: string, key: string) => existsSync(place(plugin, app, key)),
  get(plugin: string, app: string, key: string, otherwise = ''): string {
    const path = place(plugin, app, key)
    return existsSync(path) && !isDirectory(path) ? readFileSync(path, 'utf8') : otherwise
  },
  set(plugin: string, app: string, key: string, value: string): void {
    const path = place(plugin, app, key)
    mkdirSync(place(plugin, app), { recursive: true, mode: 0o755 })
    if (isDirectory(path)) {
      const why = `open ${path}: is a directory`
      throw new Failure(`Unable to write ${plugin} config value ${app}.${key}: ${why}`)
    }
    overwrite(path, value)
  },
  delete: (plugin: string, app: string, key: string) =>
    rmSync(place(plugin, app, key), { force: true }),
  destroy(plugin: string, app: string): void {
    rmSync(app === '_all_' ? place(plugin) : place(plugin, app), { recursive: true, force: true })
  },
  all(plugin: string, app: string): Record<string, string> {
    if (!isDirectory(place(plugin, app))) return {}
    const files = readdirSync(place(plugin, app), { withFileTypes: true }).filter((f) => f.isFile())
    return Object.fromEntries(files.map((f) => [f.name, properties.get(plugin, app, f.name)]))
  },
  clone(plugin: string, from: string, to: string): void {
    for (const [key, value] of Object.entries(properties.all(plugin, from)))
      properties.set(plugin, to, key, value)
  },
  list(plugin: string, app: string, key: string): string[] {
    const text = properties.get(plugin, app, key)
    return text === '' ? [] : text.replace(/\n$/, '').split('\n')
  },
  writeList(plugin: string, app: string, key: string, lines: readonly string[]): void {
    properties.set(plugin, app, key, lines.map((line) => `${line}\n`).join(''))
  },
}

function print(value: string): undefined {
  if (value !== '') log.line(value)
}

function removeFromList(plugin: string, app: string, key: string, value: string): undefined {
  const lines = properties.list(plugin, app, key)
  const kept = lines.filter((line) => line !== value)
  properties.writeList(plugin, app, key, kept)
  if (kept.length === lines.length) throw new Failure('Property not found, nothing was removed')
}

type Verb = (plugin: string, app: string, key: string, ...rest: string[]) => unknown

const verbs: Readonly<Record<string, Verb>> = {
  setup: (plugin) => properties.setup(plugin),
  'setup-app': (plugin, app) => void mkdirSync(join(place(plugin), app), { recursive: true }),
  get: (plugin, app, key) => print(properties.get(plugin, app, key)),
  'get-with-default': (plugin, app, key, otherwise = '') =>
    print(properties.get(plugin, app, key, otherwise)),
  exists: (plugin, app, key) => (properties.exists(plugin, app, key) ? 0 : 1),
  set: (plugin, app, key, value = '') => properties.set(plugin, app, key, value),
  del: (plugin, app, key) => properties.delete(plugin, app, key),
  destroy: (plugin, app) => properties.destroy(plugin, app),
  clone: (plugin, from, to) => properties.clone(plugin, from, to),
  'get-all': (plugin, app) => {
    for (const [key, value] of Object.entries(properties.all(plugin, app)))
      log.line(`${key} ${value.replace(/\n$/, '')}`)
    return undefined
  },
  rpush: (plugin, app, key, value = '') =>
    properties.writeList(plugin, app, key, [...properties.list(plugin, app, key), value.trim()]),
  lrange: (plugin, app, key) => {
    for (const line of properties.list(plugin, app, key)) log.line(line)
    return undefined
  },
  llen: (plugin, app, key) => log.line(String(properties.list(plugin, app, key).length)),
  lindex: (plugin, app, key, index = '') => {
    const line = properties.list(plugin, app, key)[Number(index)]
    if (line === undefined) throw new Failure('Index not found')
    log.line(line)
    return undefined
  },
  lismember: (plugin, app, key, value = '') => {
    if (properties.list(plugin, app, key).includes(value)) return 0
    throw new Failure('Value not found')
  },
  lset: (plugin, app, key, value = '', index = '') => {
    const lines = properties.list(plugin, app, key)
    lines.splice(Number(index), 1, value.trim())
    properties.writeList(plugin, app, key, lines)
    return undefined
  },
  lrem: (plugin, app, key, value = '') => removeFromList(plugin, app, key, value),
  // Shifts one argument too few, like the real one: the plugin's name is used as the app's.
  lwrite: (plugin, app, ...values) => properties.writeList(plugin, plugin, app, values.slice(1)),
}

const prop: File = (...given) => {
  const [verb = '', plugin = '', app = '', key = '', ...rest] =
    given[0] === '--' ? given.slice(1) : given
  paths.lib()
  try {
    return verbs[verb]?.(plugin, app, key, ...rest)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    log.err(`${error.message}\n`)
    return error.exit
  }
}

export const propertyFiles: Files = { 'common/prop': prop }
