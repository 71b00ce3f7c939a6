import type { GlobalReport } from '../core/global-report'
import { formatBytes } from '../../../foundation/output/units'
import { diskSection } from './disk'
import { type Markup, NOTHING, markup } from '../../../foundation/output/html/markup'
import { growth, overTimeSection } from './over-time'
import { STYLE } from '../../../foundation/output/html/style'
import { appSection, cacheSection, layerSection, mountSection } from './tables'

/** The page is complete and may load nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'"

function tile(value: string, name: string, more: string, warns = false): Markup {
  return markup`<div class="${warns ? 'tile warn' : 'tile'}"><span>${name}</span><b>${value}</b><span>${more}</span></div>`
}

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
${tile(trend.diskFullOn ?? 'not expected', 'Disk full on', growth(trend.disk.growthPerDay), isSoon)}
</div>`
}

/** The report as one page without scripts, which loads nothing; light or dark like the reader's browser. */
export function htmlPage(report: GlobalReport): string {
  const { details } = report.buildCache ?? { details: null }
  const time = `${report.generatedAt.slice(0, 16).replace('T', ' ')} UTC`
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>Shared caches, ${time}</title>
${STYLE}
</head>
<body>
<main>
<header><h1>Shared caches</h1><p>${report.root}, measured <time datetime="${report.generatedAt}">${time}</time></p></header>
${tiles(report)}
${diskSection(report)}
${overTimeSection(report)}
${cacheSection(report)}
${details ? [appSection(details), mountSection(report, details), layerSection(report, details)] : NOTHING}
</main>
</body>
</html>
`.html
}
