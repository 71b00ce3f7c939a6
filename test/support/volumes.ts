import { type GlobalReport, globalReport } from '../../src/persist/report/core/document'
import { figuresOf } from '../../src/persist/usage/core/figures'
import type { Sample } from '../../src/persist/usage/core/history'
import { type AppVolume, type Volume, DEFAULTS } from '../../src/persist/volumes/core/volume'

const DAY = 86_400_000
const GB = 1e9

/** A volume of the app `shop`. */
export function sampleVolume(change: Partial<Volume> = {}): AppVolume {
  return {
    ...DEFAULTS,
    ...{ entry: 'shop-uploads', app: 'shop', name: 'uploads', formerApp: null },
    ...{
      path: '/app/uploads',
      filled: true,
      filledFor: null,
      ownerKnown: true,
      variable: 'DATA_DIR',
      created: 0,
    },
    ...change,
  } as AppVolume
}

/** Time of the sample report. */
export const SAMPLED = Date.parse('2026-11-21T03:15:00Z')

/** Thirty nights of a volume. */
function nights(size: number, growth: number): readonly Sample[] {
  return Array.from({ length: 31 }, (_, i) => ({
    time: SAMPLED - (30 - i) * DAY,
    bytes: Math.round((size - growth * (30 - i)) * GB),
    files: 1000 + i,
    complete: true,
  }))
}

/** A report on a host with some history, without measuring anything. */
export function sampleVolumeReport(): GlobalReport {
  const disk = { bytes: 320 * GB, freeBytes: 60 * GB, inodes: 20_000_000, freeInodes: 17_000_000 }
  const made = (change: Partial<Volume>, samples: readonly Sample[]) =>
    figuresOf(sampleVolume(change), samples, disk, ['shop', 'api'], 0.8, 20 * GB)
  const partial = nights(9, 0).map((one) => ({ ...one, complete: false }))
  return globalReport(
    {
      generatedAt: new Date(SAMPLED).toISOString(),
      root: '/var/lib/dokku/data/storage',
      disk,
      warnAt: 0.8,
    },
    [
      made({ size: 20 * GB }, nights(12, 0.3)),
      made({ entry: 'shop-logs', name: 'logs', kind: 'logs', size: GB }, nights(1.2, 0.01)),
      made({ entry: 'api-data', app: 'api', name: 'data<b>' }, partial),
      made({ entry: 'old-data', app: null, formerApp: 'old', name: 'data' }, nights(3, 0)),
      made({ entry: 'api-new', app: 'api', name: 'new' }, []),
    ],
  )
}
