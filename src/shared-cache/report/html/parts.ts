import { BUILD_CACHE } from '../core/history'
import type { GlobalReport } from '../core/global-report'
import type { DiskPart } from '../../../foundation/output/html/disk'
import { COLORS } from '../../../foundation/output/html/style'

/** The title of a cache. */
export function titleOf(name: string): string {
  return name === BUILD_CACHE ? 'Docker’s build cache' : name
}

/** The colour of a cache, the same in every chart. */
export function colorOf(report: GlobalReport, name: string): string {
  if (name === BUILD_CACHE) return '--docker'
  const place = report.caches.findIndex((cache) => cache.name === name)
  return `--c${(place % COLORS) + 1}`
}

/**
 * The parts of the disk, the free space last. Docker's build cache counts as on this disk, where Docker
 * keeps its data by default.
 */
export function diskParts(report: GlobalReport): readonly DiskPart[] {
  const { disk, caches, buildCache } = report
  const known: readonly DiskPart[] = [
    ...caches.map(({ name, bytes }) => ({ name, bytes, color: colorOf(report, name) })),
    ...(buildCache
      ? [{ name: titleOf(BUILD_CACHE), bytes: buildCache.private, color: '--docker' }]
      : []),
  ]
  const sum = known.reduce((total, { bytes }) => total + bytes, 0)
  const other = Math.max(0, disk.bytes - disk.freeBytes - sum)
  return [
    ...known.filter(({ bytes }) => bytes > 0),
    { name: 'everything else', bytes: other, color: '--other' },
    { name: 'free', bytes: disk.freeBytes, color: '--free' },
  ]
}
