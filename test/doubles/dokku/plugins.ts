import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { readdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, type File, type Files, log, paths } from './dokku'
import { enabledPlugins, trigger, triggerExit } from './plugn'

function isInstalled(name: string): boolean {
  return name !== '' && existsSync(paths.available(name))
}

function isEnabled(name: string): boolean {
  return lstatSync(paths.enabled(name), { throwIfNoEntry: false }) !== undefined
}

function enable(name: string): void {
  if (isEnabled(name)) throw new Failure('Plugin already enabled')
  symlinkSync(paths.available(name), paths.enabled(name))
  log.info1(`Plugin ${name} enabled`)
}

function prime(): void {
  log.info1Quiet('Priming bash-completion cache')
}

/** A single top directory is flattened, like the real one does by moving it over the plugin's own. */
function unpack(url: string, name: string): void {
  const target = paths.available(name)
  log.info1(`Cloning plugin repo ${url} to ${target}`)
  const archive = url.replace(/^file:\/\//, '')
  const directory = mkdtempSync(join(paths.lib(), 'unpack-'))
  try {
    const tar = spawnSync('tar', ['-xzf', archive, '-C', directory], { stdio: 'inherit' })
    if (tar.status !== 0) throw new Failure('', 2)
    const [only = '', ...others] = readdirSync(directory)
    const source = others.length === 0 ? join(directory, only) : directory
    // If the plugin is installed, the directory is moved into the old one and leaves a nested copy.
    const nested = existsSync(target) ? join(target, only) : target
    mkdirSync(nested, { recursive: true })
    cpSync(source, nested, { recursive: true, preserveTimestamps: true })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const install: File = (_, url = '', ...rest) => {
  if (url === '--core' || url === '') return trigger('install')
  const at = rest.indexOf('--name')
  const name = at < 0 ? '' : (rest[at + 1] ?? '')
  if (!/\.tgz$|\.tar\.gz$/.test(url) || !name)
    throw new Failure('the double installs tarballs by --name only')
  unpack(url, name)
  enable(name)
  trigger('install')
  prime()
  return 0
}

function describe(name: string): string {
  const text = readFileSync(paths.available(name, 'plugin.toml'), 'utf8')
  return /description = "(.*)"/.exec(text)?.[1] ?? ''
}

export const pluginFiles: Files = {
  'plugin/subcommands/install': install,
  'plugin/subcommands/enable': (_, name = '') => {
    enable(name)
    prime()
    return 0
  },
  'plugin/subcommands/disable': (_, name = '') => {
    if (!isEnabled(name)) throw new Failure('Plugin already disabled')
    unlinkSync(paths.enabled(name))
    log.info1(`Plugin ${name} disabled`)
    prime()
    return 0
  },
  'plugin/subcommands/uninstall': (_, name = '') => {
    if (!isInstalled(name)) throw new Failure(`Plugin (${name}) is not currently installed`)
    if (lstatSync(paths.available(name)).isSymbolicLink())
      throw new Failure('Cannot uninstall a core plugin')
    trigger('uninstall', name)
    rmSync(paths.enabled(name), { force: true })
    rmSync(paths.available(name), { recursive: true })
    log.info1(`Plugin ${name} uninstalled`)
    prime()
    return 0
  },
  'plugin/subcommands/update': (_, name = '') => {
    if (!isInstalled(name)) throw new Failure('Specified plugin not enabled or installed')
    log.line(`Plugin (${name}) not managed by git`)
    trigger('update')
    prime()
    return 0
  },
  'plugin/subcommands/trigger': (_, name = '', ...args) => triggerExit(name, args),
  'plugin/subcommands/installed': (_, name = '') => (isInstalled(name) ? 0 : 1),
  'plugin/subcommands/list': () => {
    for (const name of enabledPlugins().filter((p) =>
      existsSync(paths.available(p, 'plugin.toml')),
    ))
      log.line(`  ${name.padEnd(20)} enabled    ${describe(name)}`)
    return 0
  },
}
