import { effective } from '../settings/core/settings'
import { applyTo } from '../apps/host/apply'
import { isSetUp, openSite } from '../apps/host/context'
import type { World } from '../../foundation/cli/command'

/** A new app has its caches at once, unless somebody said that new apps have none. */
export async function postCreate(world: World, app: string): Promise<void> {
  const site = openSite(world)
  if (!isSetUp(site)) return
  if (effective('auto-enable', {}, site.common.settings) === 'false') {
    await site.dokku.properties.set(app, 'enabled', 'false')
    return
  }
  await applyTo(site, app)
}
