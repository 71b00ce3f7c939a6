import type { GlobalReport } from '../core/global-report'
import type { Trend } from '../../../foundation/core/trend'
import { formatBytes } from '../../../foundation/output/units'
import { growthText } from '../../../foundation/output/html/page'
import { type Point, diskChart, smallChart } from '../../../foundation/output/html/chart'
import { type Markup, markup } from '../../../foundation/output/html/markup'
import { colorOf, titleOf } from './parts'

function pointsOf({ points }: Trend): readonly Point[] {
  return points.map(([at, bytes]) => ({ at: Date.parse(at), bytes }))
}

function card(report: GlobalReport, trend: Trend): Markup {
  const points = pointsOf(trend)
  const color = colorOf(report, trend.name)
  const title = titleOf(trend.name)
  return markup`<div class="trend"><h3><i class="dot" style="--dot:var(${color})"></i>${title}</h3><p><b>${formatBytes(points.at(-1)?.bytes ?? 0)}</b> ${growthText(trend.growthPerDay)}</p>${smallChart(points, color, title)}</div>`
}

/** Disk and caches over time, and the day on which the disk is full. */
export function overTimeSection(report: GlobalReport): Markup {
  const { trend, disk } = report
  if (trend.disk.points.length < 2) {
    return markup`<section><h2>Over time</h2><p class="note">No history yet. Each prune and each scheduled run records what the caches hold.</p></section>`
  }
  const { diskFullOn } = trend
  const full = diskFullOn === null ? null : Date.parse(diskFullOn)
  const says =
    diskFullOn === null
      ? `At this rate the disk does not fill up (${growthText(trend.disk.growthPerDay)}).`
      : `At this rate the disk is full on ${diskFullOn} (${growthText(trend.disk.growthPerDay)}).`
  return markup`<section>
<h2>The disk over time</h2>
<p class="note">${says} Measured over the last two weeks.</p>
<div class="scroll"><div class="wide-chart">${diskChart(pointsOf(trend.disk), disk.bytes, full)}</div></div>
<div class="trends">${trend.caches.filter(({ points }) => points.length > 0).map((one) => card(report, one))}</div>
</section>`
}
