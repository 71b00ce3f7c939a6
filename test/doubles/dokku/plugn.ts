import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs'
import { Failure, type Files, log, paths } from './dokku'

let coreFiles: Files = {}

/** Sets the core files for this module: they call triggers themselves. */
export function setCoreFiles(files: Files): void {
  coreFiles = files
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function isCore(plugin: string): boolean {
  return realpathSync(paths.enabled(plugin)).includes('core-plugins')
}

/** Enabled plugins, sorted by name like plugn does. */
export function enabledPlugins(): string[] {
  return readdirSync(paths.enabled())
    .filter((plugin) => existsSync(paths.enabled(plugin)))
    .sort()
}

/** Runs a core file in this process, with the exit code of a separate process. */
export function runCore(file: string, args: readonly string[]): number {
  try {
    const exit = coreFiles[file]?.(...args)
    return typeof exit === 'number' ? exit : 0
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (error.message) log.warn(error.message)
    return error.exit
  }
}

function runOne(plugin: string, name: string, args: readonly string[], cwd?: string): number {
  if (isCore(plugin)) return runCore(`${plugin}/${name}`, args)
  const path = paths.enabled(plugin, name)
  if (!isExecutable(path)) return 0
  const { status, signal } = spawnSync(path, args, {
    stdio: 'inherit',
    cwd: cwd ?? process.cwd(),
    env: { ...process.env, SELF: 'plugn', PLUGN_VERSION: '' },
  })
  return status ?? (signal ? 128 : 1)
}

/**
 * `plugn trigger`: runs the file of every enabled plugin, one after the other, with the same stdin,
 * until one fails. Returns the exit code of that one.
 */
export function triggerExit(name: string, args: readonly string[], cwd?: string): number {
  for (const plugin of enabledPlugins()) {
    const exit = runOne(plugin, name, args, cwd)
    if (exit !== 0) return exit
  }
  return 0
}

/** A trigger that Dokku runs: a failing plugin makes the command fail. */
export function trigger(name: string, ...args: string[]): void {
  const exit = triggerExit(name, args)
  if (exit !== 0) throw new Failure(`exit status ${exit}`, exit)
}
