import { applyTo } from '../host/apply'
import { lookAtImage } from '../host/look'
import { isSetUp, openSite } from '../commands/site'
import { tellPlan } from '../commands/apply-all'
import type { World } from '../commands/world'

/**
 * The image of this deploy is known and its containers are not started yet: now it is decided where
 * they see the caches, and what the image itself holds or sets is respected.
 */
export async function preReleaseBuilder(
  world: World,
  builder: string,
  app: string,
  image: string,
): Promise<void> {
  const site = await openSite(world)
  if (!isSetUp(site)) return
  await lookAtImage(site, await world.engine(), app, image, builder)
  const plan = await applyTo(site, app, builder)
  if (plan.steps.length > 0) tellPlan(world, plan)
}
