import type { AppVolume, User } from '../core/volume'
import { applySteps } from './apply'
import { appUsers, runningContainers } from './inspect'
import type { VolumeServer } from './server'

/** A volume that was given to the user of its app. */
interface Settled {
  readonly volume: AppVolume
  readonly user: User
}

/** The first user other than root that processes of an app run as; null where only root runs. */
async function userOf(server: VolumeServer, app: string): Promise<User | null | undefined> {
  const engine = await server.engine()
  const [container] = await runningContainers(engine, app)
  const image = container && (await engine.image(container.imageId))
  if (!image) return undefined
  return (await appUsers(engine, image, app)).find(({ uid }) => uid !== 0) ?? null
}

/**
 * After the first deploy with a new volume: gives it to the user that an entry point has changed to. Does
 * this once for each volume; an app that does not run is left for its next deploy.
 */
export async function settleOwners(server: VolumeServer, app: string): Promise<readonly Settled[]> {
  const open = server.records.of(app).filter(({ filled, ownerKnown }) => filled && !ownerKnown)
  if (open.length === 0) return []
  const user = await userOf(server, app)
  if (user === undefined) return []
  for (const volume of open) {
    const known = { ...volume, ownerKnown: true, filledFor: user }
    const given = user ? [{ kind: 'owner', owner: user, mode: null } as const] : []
    await applySteps(server, volume, [...given, { kind: 'record', volume: known }], nothingFilled)
  }
  return user ? open.map((volume) => ({ volume, user })) : []
}

const nothingFilled = () => Promise.resolve()
