import { type Column, tableLines } from '../../foundation/output/table'
import { formatBytes, formatGrowth, formatShare } from '../../foundation/output/units'
import { type Figures, isNearlyFull } from '../usage/core/figures'
import {
  daysText,
  fullText,
  growthOf,
  limitText,
  measuredText,
  sizeText,
  warningLines,
} from '../usage/text'
import type { GlobalReport } from './core/document'

const COLUMNS: readonly Column[] = [
  { title: 'Volume' },
  { title: 'Kind' },
  { title: 'Size', right: true },
  { title: 'Files', right: true },
  { title: 'Disk', right: true },
  { title: 'Limit', right: true },
  { title: 'Per day', right: true },
  { title: 'Full in', right: true },
  { title: 'Measured' },
]

/** Rows of the report about a host; the JSON document has all. */
const ROWS = 10

const cells = (one: Figures, now: number) => [
  one.name,
  one.kind,
  sizeText(one),
  one.files === null ? '-' : String(one.files),
  one.share === null ? '-' : formatShare(one.share),
  limitText(one),
  growthOf(one),
  fullText(one),
  measuredText(one, now),
]

/** The volumes of an app; empty if it has none. `now` in milliseconds. */
export function volumeLines(figures: readonly Figures[], now: number): readonly string[] {
  if (figures.length === 0) return []
  const rows = figures.map((one) => cells(one, now))
  return ['', ...tableLines(COLUMNS, rows), ...warningLines(figures)]
}

function diskLine({ disk, warnAt }: GlobalReport): string {
  const { bytes, freeBytes } = disk
  const text = `Free on this disk: ${formatBytes(freeBytes)} of ${formatBytes(bytes)} (${formatShare(freeBytes / (bytes || 1))})`
  return isNearlyFull(disk, warnAt) ? `${text}. It is nearly full` : text
}

function totalLines({ totals, daysUntilDiskFull }: GlobalReport): readonly string[] {
  const { volumes, orphans, unmeasured, bytes, files, growthPerDay, overLimit } = totals
  const count = `${volumes} volume${volumes === 1 ? '' : 's'}`
  return [
    `Total: ${count}, ${formatBytes(bytes)}, ${files} files`,
    ...(orphans > 0 ? [`Without an app: ${orphans} (dokku persist:list --orphans)`] : []),
    ...(unmeasured > 0 ? [`Never measured: ${unmeasured} (add --measure)`] : []),
    ...(overLimit > 0 ? [`Over their limit: ${overLimit}`] : []),
    ...(growthPerDay === null
      ? []
      : [
          `Growth of all volumes: ${formatGrowth(growthPerDay)} per day` +
            (daysUntilDiskFull === null
              ? ''
              : `. Disk full at this rate: ${daysUntilDiskFull === 0 ? 'now' : `in ${daysText(daysUntilDiskFull)}`}`),
        ]),
  ]
}

/** The report about a host, without its rows. */
export function hostLines(report: GlobalReport): readonly string[] {
  const { volumes, generatedAt } = report
  const now = Date.parse(generatedAt)
  const rows = volumes
    .slice(0, ROWS)
    .map((one) => [one.app ?? `(${one.formerApp ?? '-'})`, ...cells(one, now)])
  const more = volumes.length - rows.length
  return [
    '',
    ...(rows.length > 0 ? tableLines([{ title: 'App' }, ...COLUMNS], rows) : []),
    ...(more > 0 ? [`and ${more} more; --format json lists them`] : []),
    ...totalLines(report),
    diskLine(report),
    ...warningLines(volumes),
  ]
}
