import type { GlobalReport } from '../core/global-report'
import { type Column, tableLines } from './table'
import { formatAge, formatBytes } from './units'

const COLUMNS: readonly Column[] = [
  { title: 'Cache' },
  { title: 'Size', right: true },
  { title: 'Files', right: true },
  { title: 'Apps', right: true },
  { title: 'Disk', right: true },
  { title: 'Newest use' },
]

const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`

function sizeText(bytes: number, complete: boolean): string {
  return `${complete ? '' : 'at least '}${formatBytes(bytes)}`
}

function ago(now: number, time: string | null): string {
  if (time === null) return 'never'
  const age = formatAge(now - Date.parse(time))
  return age === 'just now' ? age : `${age} ago`
}

/** What the caches hold, as a table that a person likes to read. */
export function cacheLines(report: GlobalReport): readonly string[] {
  const now = Date.parse(report.generatedAt)
  const rows = report.caches.map((cache) => [
    cache.name,
    sizeText(cache.bytes, cache.complete),
    String(cache.files),
    String(cache.apps),
    percent(cache.share),
    ago(now, cache.newestUse),
  ])
  const sum = report.caches.reduce((total, cache) => total + cache.bytes, 0)
  const complete = report.caches.every((cache) => cache.complete)
  const files = report.caches.reduce((total, cache) => total + cache.files, 0)
  const total = [
    'total',
    sizeText(sum, complete),
    String(files),
    '',
    percent(sum / (report.disk.bytes || 1)),
    '',
  ]
  return tableLines(COLUMNS, [...rows, total])
}

/** What the disk has left. */
export function diskLines({ disk }: GlobalReport): readonly string[] {
  const { bytes, freeBytes, inodes, freeInodes } = disk
  const space = `Free on this disk: ${formatBytes(freeBytes)} of ${formatBytes(bytes)} (${percent(freeBytes / (bytes || 1))})`
  const left =
    inodes === null || freeInodes === null ? '' : `, ${percent(freeInodes / inodes)} of its inodes`
  return [space + left]
}
