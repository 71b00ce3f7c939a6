import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { coreFiles } from './files'

const PROGRAM = fileURLToPath(new URL('../../../dist/doubles/dokku.cjs', import.meta.url))

/** A Dokku double in a separate directory. */
export interface Double {
  /** The directory that replaces `/`. */
  readonly root: string
  /** DOKKU_LIB_ROOT and DOKKU_ROOT. */
  readonly lib: string
  readonly home: string
  /** The program `dokku`. The caller sets the environment. */
  readonly dokku: string
}

export type Age = '0.38.27' | '0.37.10'

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}

function linkCorePlugins(lib: string, age: Age): void {
  const core = join(lib, 'core-plugins')
  const files = Object.keys(coreFiles(age.startsWith('0.37.')))
  for (const file of files) link(PROGRAM, join(core, 'available', file))
  for (const plugin of new Set(files.map((file) => file.split('/')[0] ?? ''))) {
    link(join(core, 'available', plugin), join(core, 'enabled', plugin))
    link(join(core, 'available', plugin), join(lib, 'plugins/available', plugin))
    link(join(lib, 'plugins/available', plugin), join(lib, 'plugins/enabled', plugin))
  }
  writeFileSync(join(lib, 'STABLE_VERSION'), `${age}\n`)
}

/** Upgrades an older double to 0.38, like the package: new core plugins, then their `install`. */
export function upgradeDouble(double: Double): void {
  rmSync(join(double.lib, 'core-plugins'), { recursive: true })
  for (const place of ['plugins/available', 'plugins/enabled'])
    for (const name of readdirSync(join(double.lib, place)))
      if (!existsSync(join(double.lib, place, name))) rmSync(join(double.lib, place, name))
  linkCorePlugins(double.lib, '0.38.27')
  execFileSync(double.dokku, ['plugin:install', '--core'], { stdio: 'ignore' })
}

/**
 * Makes a Dokku double: links to one program with the names of all programs that it imitates. `node` is
 * the Node that plugins find on PATH.
 */
export function makeDouble(age: Age = '0.38.27', node = process.execPath): Double {
  const root = mkdtempSync(join(tmpdir(), 'dokku-'))
  const lib = join(root, 'var/lib/dokku')
  const home = join(root, 'home/dokku')
  for (const directory of [
    ...[home, join(home, '.ssh'), join(lib, 'config'), join(lib, 'data/storage')],
    ...[join(root, 'var/log/dokku'), join(lib, 'plugins/available'), join(lib, 'plugins/enabled')],
  ])
    mkdirSync(directory, { recursive: true })
  for (const name of ['dokku', 'plugn', 'sudo']) link(PROGRAM, join(root, 'bin', name))
  link(node, join(root, 'node/node'))
  linkCorePlugins(lib, age)
  return { root, lib, home, dokku: join(root, 'bin/dokku') }
}
