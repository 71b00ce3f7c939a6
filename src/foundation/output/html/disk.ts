import { formatBytes, formatShare } from '../units'
import { type Markup, markup } from './markup'

/** A part of the disk: its name on the whole page, and its colour. */
export interface DiskPart {
  readonly name: string
  readonly bytes: number
  /** A variable of the style sheet. */
  readonly color: string
}

const WIDTH = 1000
/** Gap between two parts, to distinguish them without colours. */
const GAP = 2

function rectangles(parts: readonly DiskPart[], total: number): readonly Markup[] {
  let x = 0
  return parts.map(({ name, bytes, color }) => {
    const width = (bytes / total) * WIDTH
    const from = x
    x += width
    const shown = Math.max(0.5, width - GAP).toFixed(2)
    return markup`<rect x="${from.toFixed(2)}" width="${shown}" height="38" fill="var(${color})"><title>${name}: ${formatBytes(bytes)}, ${formatShare(bytes / total)}</title></rect>`
  })
}

/** The usage of the disk: one bar, and the numbers below it. */
export function diskSection(parts: readonly DiskPart[]): Markup {
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0) || 1
  const rows = parts.map(
    ({ name, bytes, color }) =>
      markup`<li><i class="dot" style="--dot:var(${color})"></i>${name}<span>${formatBytes(bytes)}</span><small>${formatShare(bytes / total)}</small></li>`,
  )
  return markup`<section>
<h2>Disk usage</h2>
<div class="bar"><svg viewBox="0 0 ${WIDTH} 38" height="38" preserveAspectRatio="none" role="img" aria-label="Disk usage">${rectangles(parts, total)}</svg></div>
<ul class="legend">${rows}</ul>
</section>`
}
