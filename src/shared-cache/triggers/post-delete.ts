import { openSite } from '../apps/host/context'
import type { World } from '../../foundation/cli/command'

/** Nothing is left of a destroyed app; its mounts and variables go with it, by Dokku itself. */
export async function postDelete(world: World, app: string): Promise<void> {
  const site = openSite(world)
  await site.dokku.properties.destroy(app)
}
