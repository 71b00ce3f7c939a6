import { formatBytes } from '../units'
import { type Markup, NOTHING, markup } from './markup'

/** A point of a line: milliseconds since the epoch, and bytes. */
export interface Point {
  readonly at: number
  readonly bytes: number
}

/** The area of a chart: its edges in pixels, in time and in bytes. */
interface Frame {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly from: number
  readonly to: number
  readonly most: number
}

const DAY = 86_400_000

function x({ left, right, from, to }: Frame, at: number): number {
  return left + ((at - from) / Math.max(1, to - from)) * (right - left)
}

function y({ top, bottom, most }: Frame, bytes: number): number {
  return bottom - (bytes / Math.max(1, most)) * (bottom - top)
}

function path(frame: Frame, points: readonly Point[]): string {
  return points
    .map(
      ({ at, bytes }, i) =>
        `${i ? 'L' : 'M'}${x(frame, at).toFixed(1)} ${y(frame, bytes).toFixed(1)}`,
    )
    .join('')
}

function area(frame: Frame, points: readonly Point[]): string {
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last) return ''
  const { bottom } = frame
  return `${path(frame, points)}L${x(frame, last.at).toFixed(1)} ${bottom}L${x(frame, first.at).toFixed(1)} ${bottom}Z`
}

/** A round step, so that about four lines fit below the largest value. */
function lineStep(most: number): number {
  const rough = most / 4
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? power
}

function levels(frame: Frame): readonly Markup[] {
  const step = lineStep(frame.most)
  const count = Math.floor(frame.most / step)
  return Array.from({ length: count + 1 }, (_, i) => {
    const at = y(frame, i * step).toFixed(1)
    return markup`<line x1="${frame.left}" x2="${frame.right}" y1="${at}" y2="${at}" stroke="var(--grid)"/><text x="${frame.left - 8}" y="${at}" text-anchor="end" dominant-baseline="middle">${formatBytes(i * step)}</text>`
  })
}

function dayName(at: number): string {
  return new Date(at).toLocaleDateString('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
}

function days(frame: Frame): readonly Markup[] {
  const every = Math.max(1, Math.ceil((frame.to - frame.from) / DAY / 8)) * DAY
  const first = Math.ceil(frame.from / DAY) * DAY
  const count = Math.max(0, Math.floor((frame.to - first) / every) + 1)
  return Array.from({ length: count }, (_, i) => {
    const at = first + i * every
    return markup`<text x="${x(frame, at).toFixed(1)}" y="${frame.bottom + 20}" text-anchor="middle">${dayName(at)}</text>`
  })
}

function capacityLine(frame: Frame, capacity: number): Markup {
  const at = y(frame, capacity).toFixed(1)
  return markup`<line x1="${frame.left}" x2="${frame.right}" y1="${at}" y2="${at}" stroke="var(--warn)" stroke-width="1.5"/><text x="${frame.left + 6}" y="${Number(at) - 7}">size of the disk: ${formatBytes(capacity)}</text>`
}

function projection(frame: Frame, from: Point, capacity: number, full: number | null): Markup {
  if (full === null || full <= from.at) return NOTHING
  const until = Math.min(full, frame.to)
  const bytes = from.bytes + ((capacity - from.bytes) * (until - from.at)) / (full - from.at)
  return markup`<path d="${path(frame, [from, { at: until, bytes }])}" fill="none" stroke="var(--c1)" stroke-width="2" stroke-dasharray="3 5"/>`
}

/** The used bytes of a disk over time, and the projection to the day on which it is full. */
export function diskChart(points: readonly Point[], capacity: number, full: number | null): Markup {
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last) return NOTHING
  // The projection is at most one and a half times as wide as the past.
  const ahead = full === null ? 0 : Math.min(full - last.at, (last.at - first.at) * 1.5)
  const frame: Frame = {
    ...{ left: 76, right: 1020, top: 26, bottom: 250 },
    ...{ from: first.at, to: last.at + Math.max(0, ahead), most: capacity },
  }
  const end = { x: x(frame, last.at).toFixed(1), y: y(frame, last.bytes).toFixed(1) }
  return markup`<svg viewBox="0 0 1036 280" role="img" aria-label="The disk over time">
${levels(frame)}${days(frame)}${capacityLine(frame, capacity)}
<path d="${area(frame, points)}" fill="var(--c1)" opacity=".13"/><path d="${path(frame, points)}" fill="none" stroke="var(--c1)" stroke-width="2" stroke-linejoin="round"/>
${projection(frame, last, capacity, full)}<circle cx="${end.x}" cy="${end.y}" r="4" fill="var(--c1)" stroke="var(--card)" stroke-width="2"/>
</svg>`
}

/** A small chart from zero to the largest value. */
export function smallChart(points: readonly Point[], color: string, name: string): Markup {
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last || points.length < 2) return NOTHING
  const frame: Frame = {
    ...{ left: 2, right: 236, top: 6, bottom: 60 },
    ...{ from: first.at, to: last.at, most: Math.max(...points.map(({ bytes }) => bytes)) },
  }
  return markup`<svg viewBox="0 0 240 62" role="img" aria-label="${name} over time"><path d="${area(frame, points)}" fill="var(${color})" opacity=".15"/><path d="${path(frame, points)}" fill="none" stroke="var(${color})" stroke-width="2" stroke-linejoin="round"/><circle cx="${x(frame, last.at).toFixed(1)}" cy="${y(frame, last.bytes).toFixed(1)}" r="3" fill="var(${color})"/></svg>`
}
