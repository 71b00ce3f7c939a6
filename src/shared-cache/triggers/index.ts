import { KnownError } from '../../foundation/core/errors'
import { toKnownError } from '../../foundation/process/system-error'
import type { World } from '../../foundation/cli/command'

type Trigger = (world: World, ...args: string[]) => Promise<void> | void

/** Triggers by the names that Dokku calls them by, each loaded when it fires. */
const TRIGGERS: Readonly<Record<string, () => Promise<Trigger>>> = {
  'docker-args-build': async () => (await import('./docker-args-build')).dockerArgsBuild,
  'post-app-clone': async () => (await import('./copy-app')).settleCopy,
  'post-app-clone-setup': async () => (await import('./copy-app')).copyRecord,
  'post-app-rename': async () => (await import('./copy-app')).settleCopy,
  'post-app-rename-setup': async () => (await import('./copy-app')).copyRecord,
  'post-create': async () => (await import('./post-create')).postCreate,
  'post-delete': async () => (await import('./post-delete')).postDelete,
  'pre-build': async () => (await import('./pre-build')).preBuild,
  'pre-receive-app': async () => (await import('./pre-receive-app')).preReceiveApp,
  'pre-release-builder': async () => (await import('./pre-release-builder')).preReleaseBuilder,
  report: async () => (await import('./report')).reportTrigger,
  uninstall: async () => (await import('./uninstall')).uninstall,
}

/**
 * Runs what Dokku fired. Whatever happens here must not fail somebody's deploy: an error is a warning
 * and the exit code is 0.
 */
export async function trigger(world: World, name: string, args: readonly string[]): Promise<void> {
  try {
    const load = TRIGGERS[name]
    if (!load) throw new KnownError(`there is no trigger called ${name}`)
    const run = await load()
    await run(world, ...args)
  } catch (thrown) {
    const error = toKnownError(thrown)
    const message = error instanceof Error ? error.message : String(error)
    world.log.warn(`shared-cache: ${message}`)
    if (error instanceof KnownError && error.hint) world.log.warn(error.hint)
    if (world.env['DOKKU_TRACE'] && error instanceof Error) world.log.warn(String(error.stack))
  }
}
