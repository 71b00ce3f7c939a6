import { formatBytes } from '../../foundation/output/units'
import type { Figures } from '../usage/core/figures'
import { totalsOf } from '../usage/core/figures'
import type { Unmeasured } from '../usage/host/measure'
import { warningLines } from '../usage/text'

const oneLine = (text: string) => text.replace(/\s+/g, ' ')

/** The result of a scheduled run in one line. */
export function scheduledLine(
  at: Date,
  figures: readonly Figures[],
  failed: readonly Unmeasured[],
): string {
  const { volumes, bytes } = totalsOf(figures)
  const measured = volumes - failed.length
  const parts = [
    ...failed.map(({ entry, error }) => `${entry} failed: ${oneLine(error)}`),
    `measured ${measured} volume${measured === 1 ? '' : 's'}, ${formatBytes(bytes)} in all`,
    ...warningLines(figures),
  ]
  return `${at.toISOString()} ${parts.join('; ')}`
}

/** A failed scheduled run in one line. */
export function failedLine(at: Date, message: string): string {
  return `${at.toISOString()} failed: ${oneLine(message)}`
}
