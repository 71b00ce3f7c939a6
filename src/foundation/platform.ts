import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Plugin } from './plugin'

/** A server with Dokku, from a plugin's environment. */
export interface DokkuPlatform {
  readonly kind: 'dokku'
  readonly plugin: Plugin
  /** The data directory of the plugin, as this process sees it. */
  readonly root: string
  /** The same directory as Docker sees it: another path if Dokku runs in a container. */
  readonly hostRoot: string
  readonly dokkuRoot: string
  readonly libRoot: string
  readonly pluginPath: string
  readonly corePluginPath: string
  readonly logsDir: string
}

/** A machine without Dokku: the data belongs to the user who runs the program. */
interface LocalPlatform {
  readonly kind: 'local'
  readonly plugin: Plugin
  readonly root: string
  readonly hostRoot: string
}

export type Platform = DokkuPlatform | LocalPlatform

/**
 * Detects the platform. Dokku exports DOKKU_LIB_ROOT and the plugin paths to every plugin. Without them
 * this is a machine without Dokku: the data is in the directory in the plugin's `rootVariable`,
 * otherwise in `~/.cache/NAME`.
 */
export function detectPlatform(plugin: Plugin, env: NodeJS.ProcessEnv): Platform {
  const libRoot = env['DOKKU_LIB_ROOT']
  const pluginPath = env['PLUGIN_AVAILABLE_PATH']
  if (libRoot && pluginPath) {
    return {
      kind: 'dokku',
      plugin,
      root: join(libRoot, 'data', plugin.dataDirectory),
      hostRoot: join(env['DOKKU_LIB_HOST_ROOT'] || libRoot, 'data', plugin.dataDirectory),
      dokkuRoot: env['DOKKU_ROOT'] || '/home/dokku',
      libRoot,
      pluginPath,
      corePluginPath: env['PLUGIN_CORE_AVAILABLE_PATH'] || pluginPath,
      logsDir: env['DOKKU_LOGS_DIR'] || '/var/log/dokku',
    }
  }
  const root =
    env[plugin.rootVariable] ||
    join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), plugin.name)
  return { kind: 'local', plugin, root, hostRoot: root }
}
