import type { OnFilled } from '../../volumes/host/apply'
import { imageOf } from '../../volumes/host/inspect'
import type { VolumeServer } from '../../volumes/host/server'
import type { AppVolume } from '../../volumes/core/volume'
import { type Followed, followImage, recordImage } from './follow'

/** Records what a new volume got from an image, whether it follows the image now or is told to later. */
export const rememberImage: OnFilled = async (server, volume, image) => {
  await recordImage(server, await server.engine(), volume, image, server.now())
}

/** What happened to a volume that follows the image. */
interface FollowedVolume {
  readonly volume: AppVolume
  readonly followed: Followed
}

/**
 * Merges the image of a deploy into the volumes of an app that follow it. Without such volumes nothing is
 * asked. Throws like `followImage`.
 */
export async function followVolumes(
  server: VolumeServer,
  app: string,
  image: string,
): Promise<readonly FollowedVolume[]> {
  const volumes = server.records.of(app).filter(({ followImage: follows }) => follows)
  const results: FollowedVolume[] = []
  for (const volume of volumes) {
    const { owner, filledFor } = volume
    const user = typeof owner === 'object' ? owner : filledFor
    const following = { ...volume, owner: user }
    const engine = await server.engine()
    const reference = image || imageOf(app)
    const followed = await followImage(server, engine, following, reference, server.now())
    results.push({ volume, followed })
  }
  return results
}
