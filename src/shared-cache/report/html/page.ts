import type { GlobalReport } from '../core/global-report'
import { formatBytes } from '../../../foundation/output/units'
import { diskSection } from '../../../foundation/output/html/disk'
import { type Markup, NOTHING, markup } from '../../../foundation/output/html/markup'
import { growthText, htmlDocument, tile } from '../../../foundation/output/html/page'
import { overTimeSection } from './over-time'
import { diskParts } from './parts'
import { appSection, cacheSection, layerSection, mountSection } from './tables'

/** A disk that will be full within this time is shown as a warning. */
const SOON = 60 * 86_400_000

function tiles({ generatedAt, caches, budget, buildCache, disk, trend }: GlobalReport): Markup {
  const bytes = caches.reduce((sum, cache) => sum + cache.bytes, 0)
  const files = caches.reduce((sum, cache) => sum + cache.files, 0)
  const { maxBytes: max } = budget
  const isSoon =
    trend.diskFullOn !== null && Date.parse(trend.diskFullOn) - Date.parse(generatedAt) < SOON
  const share = disk.freeBytes / (disk.bytes || 1)
  return markup`<div class="tiles">
${tile(formatBytes(bytes), 'Shared caches', max === null ? `${files.toLocaleString('en')} files` : `limit ${formatBytes(max)}`, max !== null && bytes > max)}
${buildCache ? tile(formatBytes(buildCache.private), 'Docker’s build cache', `${formatBytes(buildCache.reclaimable)} can be freed`) : NOTHING}
${tile(formatBytes(disk.freeBytes), 'Free on the disk', `${(share * 100).toFixed(0)} % of ${formatBytes(disk.bytes)}`, share < 0.1)}
${tile(trend.diskFullOn ?? 'not expected', 'Disk full on', growthText(trend.disk.growthPerDay), isSoon)}
</div>`
}

/** The report as one page without scripts, which loads nothing; light or dark like the reader's browser. */
export function htmlPage(report: GlobalReport): string {
  const { details } = report.buildCache ?? { details: null }
  const { generatedAt, root } = report
  return htmlDocument({ title: 'Shared caches', place: root, generatedAt }, [
    tiles(report),
    diskSection(diskParts(report)),
    overTimeSection(report),
    cacheSection(report),
    ...(details
      ? [appSection(details), mountSection(report, details), layerSection(report, details)]
      : []),
  ])
}
