import { KnownError } from '../../../foundation/core/errors'
import type { AppVolume, Volume } from '../core/volume'
import type { VolumeServer } from './server'

/** A volume of an app, by its name. Throws KnownError if there is none. */
export function findVolume({ records }: VolumeServer, app: string, name: string): AppVolume {
  const own = records.of(app)
  const found = own.find((volume) => volume.name === name)
  if (found) return found
  throw new KnownError(`${app} has no volume called ${JSON.stringify(name)}`, {
    hint:
      own.length > 0
        ? `It has: ${own.map((volume) => volume.name).join(', ')}`
        : `It has none. To add one: dokku persist:add ${app} PATH`,
  })
}

/** A volume that no app has, by its storage entry. Throws KnownError if there is none. */
export function findOrphan({ records }: VolumeServer, entry: string): Volume {
  const volume = records.all().find((one) => one.entry === entry)
  if (!volume) {
    throw new KnownError(`There is no volume called ${JSON.stringify(entry)}`, {
      hint: 'To list the volumes without an app: dokku persist:list --orphans',
    })
  }
  if (volume.app !== null) {
    throw new KnownError(`The volume ${entry} belongs to ${volume.app}`, {
      hint: `Remove it there first, which keeps its data: dokku persist:remove ${volume.app} ${volume.name}`,
    })
  }
  return volume
}
