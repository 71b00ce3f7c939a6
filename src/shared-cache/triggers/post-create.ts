import { effective } from '../settings/core/settings'
import { applyTo } from '../apps/host/apply'
import { isSetUp, openServer } from '../apps/host/server'
import type { Context } from '../../foundation/cli/command'

/** A new app has its caches at once, unless somebody said that new apps have none. */
export async function postCreate(context: Context, app: string): Promise<void> {
  const server = openServer(context)
  if (!isSetUp(server)) return
  if (effective('auto-enable', {}, server.settings) === 'false') {
    await server.dokku.properties.set(app, 'enabled', 'false')
    return
  }
  await applyTo(server, app)
}
