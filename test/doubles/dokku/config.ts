import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isDeployed, verifyApp } from './names'
import { Failure, type File, type Files, flag, goJson, isOlder, log } from './dokku'
import { parseFlags, paths, overwrite } from './dokku'
import { trigger } from './plugn'

export type Env = Record<string, string>

const GLOBAL = '--global'

function envFile(app: string): string {
  if (isOlder()) return app === GLOBAL ? join(paths.root(), 'ENV') : join(paths.app(app), 'ENV')
  return paths.lib('config', app, 'ENV')
}

function quote(value: string): string {
  // Numbers are written without quotes, as numbers: 007 becomes 7.
  if (/^[+-]?\d+$/.test(value)) return String(Number(value))
  const escaped = value.replace(/[\\\n\r"!$`]/g, (c) =>
    c === '\n' ? '\\n' : c === '\r' ? '\\r' : `\\${c}`,
  )
  return `"${escaped}"`
}

function unquote(text: string): string {
  if (!/^".*"$/s.test(text)) return text
  return text
    .slice(1, -1)
    .replace(/\\(.)/gs, (_, c: string) => (c === 'n' ? '\n' : c === 'r' ? '\r' : c))
}

/** The variables of an app, or of `--global`. */
function readEnv(app: string): Env {
  if (!existsSync(envFile(app))) return {}
  const lines = readFileSync(envFile(app), 'utf8').split('\n').filter(Boolean)
  return Object.fromEntries(
    lines.map((line) => line.split(/=(.*)/s)).map(([key = '', text = '']) => [key, unquote(text)]),
  )
}

function writeEnv(app: string, env: Env): void {
  const lines = Object.entries(env).map(([key, value]) => `${key}=${quote(value)}`)
  mkdirSync(dirname(envFile(app)), { recursive: true, mode: 0o755 })
  overwrite(envFile(app), `${lines.sort().join('\n')}\n`)
  chmodSync(envFile(app), 0o600)
}

/** The variables that an app's containers get. */
export function mergedEnv(app: string): Env {
  return { ...readEnv(GLOBAL), ...readEnv(app) }
}

function pretty(env: Env, prefix = ''): string {
  const keys = Object.keys(env).sort()
  const width = Math.max(0, ...keys.map((key) => key.length + 1))
  return keys
    .map((key) => `${prefix}${`${key}:`.padEnd(width)}  ${(env[key] ?? '').trim()}`)
    .join('\n')
}

const shellQuote = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`

const formats: Readonly<Record<string, (env: Env, keys: string[]) => string>> = {
  exports: (env, keys) => keys.map((k) => `export ${k}=${shellQuote(env[k] ?? '')}`).join('\n'),
  envfile: (env, keys) => keys.map((k) => `${k}=${quote(env[k] ?? '')}`).join('\n'),
  'docker-args': (env, keys) => keys.map((k) => `--env=${k}=${shellQuote(env[k] ?? '')}`).join(' '),
  'docker-args-keys': (_, keys) => keys.map((k) => `--env=${k}`).join(' '),
  shell: (env, keys) => keys.map((k) => `${k}=${shellQuote(env[k] ?? '')}`).join(' '),
  pretty: (env) => pretty(env),
  json: (env, keys) => goJson(Object.fromEntries(keys.map((k) => [k, env[k]]))),
  'json-list': (env, keys) => goJson(keys.map((name) => ({ name, value: env[name] }))),
  'pack-keys': (_, keys) => keys.map((k) => `--env ${k}`).join(' '),
}

function print(env: Env, format: string): void {
  const render = formats[format]
  if (!render) throw new Failure(`Unknown export format: ${format}`)
  log.raw(render(env, Object.keys(env).sort()) + (format === 'shell' ? ' ' : '\n'))
}

function checkKeys(keys: readonly string[]): void {
  const bad = keys.find((key) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(key))
  if (bad !== undefined) throw new Failure(`Invalid key name: '${bad}'`)
}

function restart(app: string): void {
  if (app === GLOBAL || !isDeployed(app)) return
  log.info1(`Restarting app ${app}`)
  trigger('release-and-deploy', app, '', 'config-redeploy')
}

function parsePairs(pairs: readonly string[], encoded: boolean): Env {
  if (pairs.length === 0) throw new Failure('At least one env pair must be given')
  return Object.fromEntries(
    pairs.map((pair) => {
      const [key = '', value] = pair.split(/=(.*)/s)
      if (value === undefined) throw new Failure(`Invalid env pair: ${pair}`)
      return [key, encoded ? Buffer.from(value, 'base64').toString() : value]
    }),
  )
}

/** Sets variables like `config:set`. Like the trigger, does not check whether the app exists. */
export function setMany(app: string, values: Env): void {
  checkKeys(Object.keys(values))
  log.info1Quiet('Setting config vars')
  if (!process.env['DOKKU_QUIET_OUTPUT']) log.line(pretty(values, '       '))
  // The trigger reports success for an app that does not exist, and writes nothing.
  if (app !== GLOBAL && !existsSync(dirname(envFile(app)))) return
  writeEnv(app, { ...readEnv(app), ...values })
  trigger('post-config-update', app, 'set', ...Object.keys(values))
}

function unsetMany(app: string, keys: readonly string[]): void {
  checkKeys(keys)
  const env = readEnv(app)
  for (const key of keys) {
    if (key in env) log.info1Quiet(`Unsetting ${key}`)
    else log.info1Quiet(`Skipping ${key}, it is not set in the environment`)
  }
  const kept = Object.entries(env).filter(([key]) => !keys.includes(key))
  if (kept.length === Object.keys(env).length) return
  writeEnv(app, Object.fromEntries(kept))
  trigger('post-config-update', app, 'unset', ...keys)
}

const FLAGS = {
  global: false,
  'no-restart': false,
  encoded: false,
  merged: false,
  quoted: false,
  format: true,
}

interface Call {
  readonly app: string
  readonly rest: readonly string[]
  readonly on: (name: string) => boolean
  readonly format: string
}

type Handler = (call: Call) => unknown

function read(given: readonly string[], verify: boolean): Call {
  const flags = parseFlags(given, FLAGS)
  const global = flag(flags, 'global') === 'true'
  const app = global ? GLOBAL : (flags.args[0] ?? '')
  if (!global && verify) verifyApp(app)
  return {
    app,
    rest: global ? flags.args : flags.args.slice(1),
    on: (name) => flag(flags, name) === 'true',
    format: flag(flags, 'format') ?? 'exports',
  }
}

const deeds: Readonly<Record<string, Handler>> = {
  set: ({ app, rest, on }) => {
    setMany(app, parsePairs(rest, on('encoded')))
    if (!on('no-restart')) restart(app)
    return 0
  },
  unset: ({ app, rest, on }) => {
    if (rest.length === 0) throw new Failure('At least one key must be given')
    unsetMany(app, rest)
    if (!on('no-restart')) restart(app)
    return 0
  },
  clear: ({ app }) => {
    const keys = Object.keys(readEnv(app)).sort()
    for (const key of keys) log.info1Quiet(`Unsetting ${key}`)
    if (keys.length > 0) writeEnv(app, {})
    if (keys.length > 0) trigger('post-config-update', app, 'clear')
    return 0
  },
  get: ({ app, rest, on }) => {
    if (rest.length === 0) throw new Failure('Expected: key')
    if (rest.length > 1) throw new Failure(`Unexpected argument(s): [${rest.slice(1).join(' ')}]`)
    const value = readEnv(app)[rest[0] ?? '']
    if (value === undefined) return 1
    log.line(on('quoted') ? shellQuote(value) : value)
    return 0
  },
  keys: ({ app, on }) => {
    for (const key of Object.keys(on('merged') ? mergedEnv(app) : readEnv(app)).sort())
      log.line(key)
    return 0
  },
  show: ({ app, on }) => {
    log.info2Quiet(`${app === GLOBAL ? 'global' : app} env vars`)
    log.line(pretty(on('merged') ? mergedEnv(app) : readEnv(app)))
    return 0
  },
  export: ({ app, on, format }) => print(on('merged') ? mergedEnv(app) : readEnv(app), format),
}

const subcommand =
  (deed: Handler): File =>
  (_, ...given) =>
    deed(read(given, true))

function copyEnv(from: string, to: string): void {
  writeEnv(to, { ...readEnv(to), ...readEnv(from) })
}

function printValue(value: string | undefined): undefined {
  if (value !== undefined) log.raw(value)
}

export const configFiles: Files = {
  ...Object.fromEntries(
    Object.entries(deeds).map(([verb, deed]) => [`config/subcommands/${verb}`, subcommand(deed)]),
  ),
  'config/config_sub': (verb = '', ...given) => {
    const deed = deeds[verb]
    if (!deed) throw new Failure(`Invalid plugin config_sub call: ${verb}`)
    return deed(read(given, false))
  },
  'config/config-get': (app = '', key = '') => printValue(readEnv(app)[key]),
  'config/config-get-global': (key = '') => printValue(readEnv(GLOBAL)[key]),
  'config/config-export': (app = '', global = '', merged = '', format = '') => {
    if (global !== 'true') verifyApp(app)
    print(merged === 'true' ? mergedEnv(app) : readEnv(app || GLOBAL), format)
    return 0
  },
  'config/config-set': (...given) => {
    const { app, rest, on } = read(given, false)
    setMany(app, parsePairs(rest, false))
    if (!on('no-restart')) restart(app)
    return 0
  },
  'config/config-unset': (app = '', key = '') => unsetMany(app, [key]),
  'config/post-create': (app = '') => {
    if (!isOlder()) mkdirSync(paths.lib('config', app), { recursive: true, mode: 0o755 })
    return 0
  },
  'config/post-app-clone-setup': (from = '', to = '') => copyEnv(from, to),
  'config/post-app-rename-setup': (from = '', to = '') => copyEnv(from, to),
  'config/post-delete': (app = '') =>
    rmSync(paths.lib('config', app), { recursive: true, force: true }),
}
