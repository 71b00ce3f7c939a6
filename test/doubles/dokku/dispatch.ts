import { spawnSync } from 'node:child_process'
import { constants as system } from 'node:os'
import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Failure, log, paths, version } from './dokku'
import { enabledPlugins, runCore } from './plugn'
import { SYSTEM_PATH } from './system'

/** Directories of the system's programs. `system` in the double, if it exists, has a part of them. */
function systemPath(root: string): readonly string[] {
  const part = join(root, 'system')
  return existsSync(part) ? [part] : SYSTEM_PATH
}

/** Exports the variables of `dokku`, for the directory of this double. */
export function exportEnvironment(root: string): void {
  const lib = join(root, 'var/lib/dokku')
  const home = join(root, 'home/dokku')
  const logs = join(root, 'var/log/dokku')
  const labels = '--label=org.label-schema.schema-version=1.0 --label=org.label-schema.vendor=dokku'
  Object.assign(process.env, {
    DOCKER_BIN: 'docker',
    DOCKER_HOST: `unix://${join(root, 'docker.sock')}`,
    DOKKU_API_VERSION: '1',
    DOKKU_CONTAINER_LABEL: 'dokku',
    DOKKU_DISTRO: 'debian',
    DOKKU_EVENTS_LOGFILE: join(logs, 'events.log'),
    DOKKU_GLOBAL_BUILD_ARGS: `${labels} --label=dokku`,
    DOKKU_GLOBAL_RUN_ARGS: `${labels} --label=dokku`,
    DOKKU_HOST_ROOT: home,
    DOKKU_LIB_ROOT: lib,
    DOKKU_LOGS_DIR: logs,
    DOKKU_LOGS_HOST_DIR: logs,
    DOKKU_NOT_IMPLEMENTED_EXIT: '10',
    DOKKU_PID: String(process.pid),
    DOKKU_ROOT: home,
    DOKKU_SYSTEM_GROUP: 'dokku',
    DOKKU_SYSTEM_USER: 'dokku',
    DOKKU_VALID_EXIT: '0',
    HOME: home,
    LANG: 'C.UTF-8',
    // Only system directories, like sudo, after those of the double.
    PATH: [join(root, 'bin'), join(root, 'node'), ...systemPath(root)].join(delimiter),
    PLUGIN_AVAILABLE_PATH: join(lib, 'plugins/available'),
    PLUGIN_CORE_AVAILABLE_PATH: join(lib, 'core-plugins/available'),
    PLUGIN_CORE_ENABLED_PATH: join(lib, 'core-plugins/enabled'),
    PLUGIN_CORE_PATH: join(lib, 'core-plugins'),
    PLUGIN_ENABLED_PATH: join(lib, 'plugins/enabled'),
    PLUGIN_PATH: join(lib, 'plugins'),
    SSH_NAME: 'default',
    SSH_USER: 'root',
  })
}

/** Common flags are found anywhere; only leading ones are removed. */
function readGlobalFlags(given: readonly string[]): string[] {
  for (const [index, word] of given.entries()) {
    if (word === '--quiet') process.env['DOKKU_QUIET_OUTPUT'] = '1'
    if (word === '--trace') process.env['DOKKU_TRACE'] = '1'
    if (word === '--force') process.env['DOKKU_APPS_FORCE_DELETE'] = '1'
    if (word === '--app') process.env['DOKKU_APP_NAME'] = given[index + 1] ?? ''
  }
  const rest = [...given]
  while (rest[0]?.startsWith('--') && rest[0] !== '--version') {
    if (rest.shift() === '--app') rest.shift()
  }
  return rest
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function run(path: string, args: readonly string[]): number {
  const { status, signal } = spawnSync(path, args, { stdio: 'inherit' })
  // As bash does.
  return status ?? (signal ? 128 + system.signals[signal] : 1)
}

function isCore(plugin: string): boolean {
  const path = paths.enabled(plugin)
  return isExecutable(path) && realpathSync(path).includes('core-plugins')
}

function unknown(words: readonly string[]): never {
  log.warn(`\`${words.join(' ')}\` is not a dokku command.`)
  log.warn('See `dokku help` for a list of available commands.')
  throw new Failure('')
}

/** If no subcommand matches, runs every plugin's `commands` until one accepts it. */
function askCommands(words: readonly string[]): number {
  for (const plugin of enabledPlugins()) {
    const path = paths.enabled(plugin, 'commands')
    if (isCore(plugin) || !isExecutable(path)) continue
    const exit = run(path, words)
    if (exit !== 10) return exit
  }
  return unknown(words)
}

function execute(words: readonly string[]): number {
  const [command = '', ...rest] = words
  const [name = '', ...verb] = command.split(':')
  const plugin = command === 'report' ? '00_dokku-standard' : name
  const subcommand = verb.join(':') || (command === 'report' ? 'report' : 'default')
  const file = paths.enabled(plugin, 'subcommands', subcommand)
  if (!isExecutable(file)) return askCommands(words)
  if (!isCore(plugin)) return run(file, words)
  const app = process.env['DOKKU_APP_NAME']
  return runCore(`${plugin}/subcommands/${subcommand}`, [command, ...(app ? [app] : []), ...rest])
}

/** Every file named `commands`, at any depth, like the real `find -L`. */
function findCommands(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) return findCommands(path)
    return entry.name === 'commands' ? [path] : []
  })
}

function help(): number {
  log.line('Usage: dokku [--quiet|--trace|--force] COMMAND <app> [command-specific-options]')
  for (const plugin of enabledPlugins().filter((one) => !isCore(one)))
    for (const path of findCommands(realpathSync(paths.enabled(plugin)))) run(path, ['help'])
  return 0
}

/** The program `dokku`. */
export function dispatch(given: readonly string[]): number {
  const words = readGlobalFlags(given)
  process.env['DOKKU_COMMAND'] = words[0] ?? ''
  // Tests run as any user. Only operations for which Dokku changes to user dokku differ.
  process.chdir('/')
  if (words[0] === undefined || words[0] === 'help') return help()
  if (['version', '-v', '--version'].includes(words[0])) {
    log.line(`dokku version ${version()}`)
    return 0
  }
  return execute(words)
}
