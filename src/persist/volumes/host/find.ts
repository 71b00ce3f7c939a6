import { KnownError } from '../../../foundation/core/errors'
import type { AppVolume } from '../core/volume'
import type { VolumeServer } from './server'

/** The volume of an app with this name. Throws KnownError, with the names that there are. */
export function volumeNamed({ records }: VolumeServer, app: string, name: string): AppVolume {
  const own = records.of(app)
  const found = own.find((volume) => volume.name === name)
  if (found) return found
  const names = own.map((volume) => volume.name).join(', ')
  throw new KnownError(`${app} has no volume called ${JSON.stringify(name)}`, {
    hint: names === '' ? `To add one: dokku persist:add ${app} PATH` : `Its volumes: ${names}`,
  })
}
