import { homedir } from 'node:os'
import { join } from 'node:path'

/** A server with Dokku on it, as a plugin's environment describes it. */
export interface DokkuPlatform {
  readonly kind: 'dokku'
  /** Root of the shared caches, as this process sees it. */
  readonly root: string
  /** The same root as Docker sees it: another path where Dokku itself runs in a container. */
  readonly hostRoot: string
  readonly dokkuRoot: string
  readonly libRoot: string
  readonly pluginPath: string
  readonly corePluginPath: string
  readonly logsDir: string
}

/** A machine without Dokku: the caches of the user who runs the program. */
interface LocalPlatform {
  readonly kind: 'local'
  readonly root: string
  readonly hostRoot: string
}

export type Platform = DokkuPlatform | LocalPlatform

/**
 * The platform that an environment describes. Dokku exports DOKKU_LIB_ROOT and the plugin paths to
 * every plugin; without them this is a machine of its own, its root SHARED_CACHE_ROOT or
 * `~/.cache/shared-cache`.
 */
export function detectPlatform(env: NodeJS.ProcessEnv): Platform {
  const libRoot = env['DOKKU_LIB_ROOT']
  const pluginPath = env['PLUGIN_AVAILABLE_PATH']
  if (libRoot && pluginPath) {
    return {
      kind: 'dokku',
      root: join(libRoot, 'data/shared'),
      hostRoot: join(env['DOKKU_LIB_HOST_ROOT'] || libRoot, 'data/shared'),
      dokkuRoot: env['DOKKU_ROOT'] || '/home/dokku',
      libRoot,
      pluginPath,
      corePluginPath: env['PLUGIN_CORE_AVAILABLE_PATH'] || pluginPath,
      logsDir: env['DOKKU_LOGS_DIR'] || '/var/log/dokku',
    }
  }
  const root =
    env['SHARED_CACHE_ROOT'] ||
    join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'shared-cache')
  return { kind: 'local', root, hostRoot: root }
}
