import { smallChart } from '../../../foundation/output/html/chart'
import { type DiskPart, diskSection } from '../../../foundation/output/html/disk'
import { type Markup, NOTHING, markup } from '../../../foundation/output/html/markup'
import { growthText, htmlDocument, tile } from '../../../foundation/output/html/page'
import { COLORS } from '../../../foundation/output/html/style'
import { formatBytes, formatShare } from '../../../foundation/output/units'
import { type Figures, isNearlyFull } from '../../usage/core/figures'
import { daysText, fullText, growthOf, limitText, measuredText, sizeText } from '../../usage/text'
import type { GlobalReport } from '../core/document'

/** Rows of the table; the JSON document has all. */
const ROWS = 50

/** The largest volumes have a colour each, the same in every chart. */
const colorAt = (place: number) => (place < COLORS ? `--c${place + 1}` : '--other')

const titleOf = ({ app, formerApp, name }: Figures) =>
  app === null ? `${name} (was ${formerApp ?? '-'})` : `${app} ${name}`

/** The largest volumes, the others together, everything else, and the free space. */
function diskParts({ disk, volumes, totals }: GlobalReport): readonly DiskPart[] {
  const known = volumes.slice(0, COLORS).map((one, place) => ({
    name: titleOf(one),
    bytes: one.bytes ?? 0,
    color: colorAt(place),
  }))
  const others = totals.bytes - known.reduce((sum, { bytes }) => sum + bytes, 0)
  const rest = Math.max(0, disk.bytes - disk.freeBytes - totals.bytes)
  const parts = [...known, { name: 'other volumes', bytes: others, color: '--docker' }]
  return [
    ...parts.filter(({ bytes }) => bytes > 0),
    { name: 'everything else', bytes: rest, color: '--other' },
    { name: 'free', bytes: disk.freeBytes, color: '--free' },
  ]
}

/** A disk that will be full within this many days is shown as a warning. */
const SOON = 60

function tiles({ totals, disk, daysUntilDiskFull, warnAt }: GlobalReport): Markup {
  const { volumes, bytes, files, orphans, growthPerDay, overLimit } = totals
  const share = formatShare(disk.freeBytes / (disk.bytes || 1))
  const full = daysUntilDiskFull === null ? 'not expected' : daysText(daysUntilDiskFull)
  const isSoon = daysUntilDiskFull !== null && daysUntilDiskFull < SOON
  return markup`<div class="tiles">
${tile(formatBytes(bytes), 'Volumes', `${volumes.toLocaleString('en')} volumes, ${files.toLocaleString('en')} files`)}
${tile(String(overLimit), 'Over their limit', 'volumes', overLimit > 0)}
${tile(String(orphans), 'Without an app', 'volumes')}
${tile(formatBytes(disk.freeBytes), 'Free on the disk', `${share} of ${formatBytes(disk.bytes)}`, isNearlyFull(disk, warnAt))}
${tile(full, 'Disk full in', growthText(growthPerDay), isSoon)}
</div>`
}

function row(one: Figures, place: number, now: number): Markup {
  return markup`<tr><td class="t"><i class="dot" style="--dot:var(${colorAt(place)});display:inline-block;margin-right:9px"></i>${titleOf(one)}</td><td class="t">${one.kind}</td><td class="n">${sizeText(one)}</td><td class="n">${one.files === null ? '-' : one.files.toLocaleString('en')}</td><td class="n">${limitText(one)}</td><td class="n">${growthOf(one)}</td><td class="n">${fullText(one)}</td><td class="t">${measuredText(one, now)}</td></tr>`
}

function volumeSection({ volumes, generatedAt }: GlobalReport): Markup {
  if (volumes.length === 0) return NOTHING
  const now = Date.parse(generatedAt)
  const more = volumes.length - ROWS
  return markup`<section><h2>Volumes</h2><div class="scroll"><table>
<thead><tr><th>Volume</th><th>Kind</th><th class="n">Size</th><th class="n">Files</th><th class="n">Limit</th><th class="n">Per day</th><th class="n">Full in</th><th>Measured</th></tr></thead>
<tbody>${volumes.slice(0, ROWS).map((one, place) => row(one, place, now))}</tbody></table></div>${more > 0 ? markup`<p class="note">and ${more} more; see --format json</p>` : NOTHING}</section>`
}

function card(one: Figures, place: number): Markup {
  const color = colorAt(place)
  const points = one.points.map(([at, bytes]) => ({ at: Date.parse(at), bytes }))
  return markup`<div class="trend"><h3><i class="dot" style="--dot:var(${color})"></i>${titleOf(one)}</h3><p><b>${sizeText(one)}</b> ${growthText(one.growthPerDay)}</p>${smallChart(points, color, titleOf(one))}</div>`
}

/** The largest volumes over time. */
function overTimeSection({ volumes }: GlobalReport): Markup {
  const shown = volumes.slice(0, COLORS).filter(({ points }) => points.length > 1)
  if (shown.length === 0) {
    return markup`<section><h2>Over time</h2><p class="note">No history yet. The scheduled run measures each volume once a day.</p></section>`
  }
  return markup`<section><h2>Over time</h2><div class="trends">${shown.map((one) => card(one, volumes.indexOf(one)))}</div></section>`
}

/** The report as one page without scripts, which loads nothing. */
export function htmlPage(report: GlobalReport): string {
  const { root, generatedAt } = report
  return htmlDocument({ title: 'Volumes of apps', place: root, generatedAt }, [
    tiles(report),
    diskSection(diskParts(report)),
    volumeSection(report),
    overTimeSection(report),
  ])
}
