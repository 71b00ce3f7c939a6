import { applyTo } from '../host/dokku/apply'
import { lookAtProcesses } from '../host/dokku/look'
import { isSetUp, openSite } from '../commands/site'
import type { World } from '../commands/world'

/**
 * The app runs: whose processes it has is seen now, and decides where its next containers see the
 * caches. An entry point that changes user is noticed here.
 */
export async function postDeploy(world: World, app: string): Promise<void> {
  const site = openSite(world)
  if (!isSetUp(site)) return
  await lookAtProcesses(site, await world.engine(), app)
  await applyTo(site, app)
}
