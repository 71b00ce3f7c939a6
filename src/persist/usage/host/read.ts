import { diskOf } from '../../../foundation/files/disk'
import { makeLimitStore } from '../../limits/host/store'
import type { Volume } from '../../volumes/core/volume'
import type { VolumeServer } from '../../volumes/host/server'
import { type Figures, figuresOf } from '../core/figures'
import { makeUsageStore } from './store'

/** The remembered figures of volumes. Reads a file for each, and walks none. */
export async function readFigures(
  server: VolumeServer,
  volumes: readonly Volume[],
  apps: readonly string[],
  warnAtOf: (app: string | null) => number | null,
): Promise<readonly Figures[]> {
  const limits = makeLimitStore(server.platform.root)
  const usage = makeUsageStore(server.platform.root)
  return Promise.all(
    volumes.map(async (volume) =>
      figuresOf(
        volume,
        usage.get(volume.entry),
        await diskOf(server.pathOf(volume.entry)),
        apps,
        warnAtOf(volume.app),
        limits.get(volume.entry),
      ),
    ),
  )
}
