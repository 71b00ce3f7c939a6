import { effective } from '../properties/core/properties'
import { applyTo } from '../apps/host/apply'
import { isSetUp, openServer } from '../apps/host/server'
import { newAppLine } from '../apps/text'
import type { Context } from '../../foundation/cli/command'

/** Gives a new app its caches at once, or excludes it if `auto-enable` is false. */
export async function postCreate(context: Context, app: string): Promise<void> {
  const server = openServer(context)
  if (!isSetUp(server)) return
  if (effective('auto-enable', {}, server.settings) === 'false') {
    await server.dokku.properties.set(app, 'enabled', 'false')
    context.log.step(
      `Shared caches: none for ${app}, auto-enable is false. To include it: dokku shared-cache:enable ${app}`,
    )
    return
  }
  const plan = await applyTo(server, app)
  context.log.step(newAppLine(plan))
}
