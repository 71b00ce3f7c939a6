import { dirname, join } from 'node:path'
import { diskOf } from '../../foundation/files/disk'
import { formatBytes } from '../../foundation/output/units'
import { readWarnAt } from '../properties/host/warn-at'
import { isNearlyFull } from '../usage/core/figures'
import { readFigures } from '../usage/host/read'
import { warningLines } from '../usage/text'
import type { VolumeServer } from '../volumes/host/server'

/**
 * A line for each volume of an app that has reached `warn-at`, as last measured, and one for the disk. An
 * app without volumes has none.
 */
export async function readWarnings(server: VolumeServer, app: string): Promise<readonly string[]> {
  const volumes = server.records.of(app)
  if (volumes.length === 0) return []
  const warnAt = readWarnAt(server.dokku)
  const figures = await readFigures(server, volumes, [app], warnAt)
  const disk = await diskOf(join(dirname(server.platform.root), 'storage'))
  const free = `${formatBytes(disk.freeBytes)} of ${formatBytes(disk.bytes)}`
  return [
    ...warningLines(figures),
    ...(isNearlyFull(disk, warnAt(app))
      ? [`The disk of the volumes is nearly full: ${free} are free`]
      : []),
  ]
}
