import type { Site } from './apply'
import { lookAtApps } from './inspect'
import type { World } from '../../../foundation/cli/command'

/** What the images of apps hold and whose processes they have, looked at where they are new. */
export async function lookAtImages(
  world: World,
  site: Site,
  apps: readonly string[],
): Promise<Site> {
  const seen = await lookAtApps(site, await world.engine(), apps, (done) => {
    world.log.progress(`looking at images: ${done} of ${apps.length} apps`)
  })
  world.log.progress('')
  return { ...site, common: { ...site.common, seen } }
}
