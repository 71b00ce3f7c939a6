import type { GlobalReport } from './core/global-report'
import type { Trend } from '../../foundation/core/trend'
import { sparkline } from '../../foundation/output/sparkline'
import { type Column, tableLines } from '../../foundation/output/table'
import { formatBytes, formatGrowth, formatShare, formatSince } from '../../foundation/output/units'

const COLUMNS: readonly Column[] = [
  { title: 'Cache' },
  { title: 'Size', right: true },
  { title: 'Files', right: true },
  { title: 'Apps', right: true },
  { title: 'Disk', right: true },
  { title: 'Newest use' },
  { title: 'Trend' },
  { title: 'Per day', right: true },
]

const MOST_ROWS = 10

const MOUNT_COLUMNS: readonly Column[] = [
  { title: 'Cache mount' },
  { title: 'Size', right: true },
  { title: 'Last use' },
  { title: 'Last app' },
]

const BASE_COLUMNS: readonly Column[] = [
  { title: 'Base image' },
  { title: 'Size', right: true },
  { title: 'Last use' },
  { title: 'Caches' },
]

function sizeText(bytes: number, complete: boolean): string {
  return `${complete ? '' : 'at least '}${formatBytes(bytes)}`
}

function trendCells(trend: Trend | undefined): readonly string[] {
  if (!trend || trend.points.length < 2) return ['', '']
  return [sparkline(trend.points.map(([, bytes]) => bytes)), formatGrowth(trend.growthPerDay)]
}

/** A trend on one line; empty without a history. */
export function trendLines(trend: Trend | undefined): readonly string[] {
  const [line, perDay] = trendCells(trend)
  return line ? [`trend ${line}${perDay ? `, ${perDay} per day` : ''}`] : []
}

/** The table of caches. */
export function cacheLines(report: GlobalReport): readonly string[] {
  const now = Date.parse(report.generatedAt)
  const trends = new Map(report.trend.caches.map((trend) => [trend.name, trend]))
  const rows = report.caches.map((cache) => [
    cache.name,
    sizeText(cache.bytes, cache.complete),
    String(cache.files),
    String(cache.apps),
    formatShare(cache.share),
    formatSince(now, cache.newestUse),
    ...trendCells(trends.get(cache.name)),
  ])
  const sum = report.caches.reduce((total, cache) => total + cache.bytes, 0)
  const complete = report.caches.every((cache) => cache.complete)
  const files = report.caches.reduce((total, cache) => total + cache.files, 0)
  const total = [
    'total',
    sizeText(sum, complete),
    String(files),
    '',
    formatShare(sum / (report.disk.bytes || 1)),
    '',
  ]
  return tableLines(COLUMNS, [...rows, total])
}

/** The largest cache mounts of Dockerfiles in shared storage; empty if there are none. */
export function mountLines({ cacheMounts, generatedAt }: GlobalReport): readonly string[] {
  if (cacheMounts.length === 0) return []
  const now = Date.parse(generatedAt)
  const rows = cacheMounts
    .slice(0, MOST_ROWS)
    .map(({ label, bytes, app, lastUsed }) => [
      label,
      formatBytes(bytes),
      formatSince(now, lastUsed),
      app ?? '',
    ])
  return ['', ...tableLines(MOUNT_COLUMNS, rows), ...moreLines(cacheMounts.length - rows.length)]
}

function moreLines(more: number): readonly string[] {
  return more > 0 ? [`and ${more} more; --format json lists them`] : []
}

/** The largest base images with separate directories; empty if there are none. */
export function baseLines({ baseImages, generatedAt }: GlobalReport): readonly string[] {
  if (baseImages.length === 0) return []
  const now = Date.parse(generatedAt)
  const rows = baseImages
    .slice(0, MOST_ROWS)
    .map(({ label, bytes, lastUsed, caches, stale }) => [
      label,
      formatBytes(bytes),
      formatSince(now, lastUsed),
      `${caches.join(', ')}${stale ? '; removed a day after its last use' : ''}`,
    ])
  return ['', ...tableLines(BASE_COLUMNS, rows), ...moreLines(baseImages.length - rows.length)]
}

/** The day on which the disk is full, if its growth is known. */
function fullLines({ trend }: GlobalReport): readonly string[] {
  const { disk, diskFullOn } = trend
  if (disk.growthPerDay === null) return []
  const rate = `${formatGrowth(disk.growthPerDay)} per day`
  return [diskFullOn ? `Disk full on ${diskFullOn} at this rate: ${rate}` : `Disk growth: ${rate}`]
}

/** The budgets, and how much of them is used. */
function budgetLines({ budget, caches }: GlobalReport): readonly string[] {
  const { maxBytes, usedBytes, minFreeBytes } = budget
  const used = (bytes: number, max: number) =>
    `${formatBytes(bytes)} of ${formatBytes(max)} (${formatShare(bytes / (max || 1))})`
  return [
    ...(maxBytes === null ? [] : [`Budget: ${used(usedBytes, maxBytes)} used (max-size)`]),
    ...budget.caches.map(({ name, maxBytes: max }) => {
      const bytes = caches.find((cache) => cache.name === name)?.bytes ?? 0
      return `Budget of ${name}: ${used(bytes, max)} used (cache-max-size)`
    }),
    ...(minFreeBytes === null
      ? []
      : [`Kept free on this disk: at least ${formatBytes(minFreeBytes)} (min-free-space)`]),
  ]
}

/** The free space of the disk, its growth, and the budgets. */
export function diskLines(report: GlobalReport): readonly string[] {
  const { disk } = report
  const { bytes, freeBytes, inodes, freeInodes } = disk
  const space = `Free on this disk: ${formatBytes(freeBytes)} of ${formatBytes(bytes)} (${formatShare(freeBytes / (bytes || 1))})`
  const left =
    inodes === null || freeInodes === null
      ? ''
      : `, ${formatShare(freeInodes / inodes)} of its inodes`
  return [space + left, ...fullLines(report), ...budgetLines(report)]
}

/** A line for each pip cache without downloads. */
export function downloadLines(names: readonly string[]): readonly string[] {
  return names.map(
    (name) =>
      `${name} keeps no downloads: does the package index send cache headers? Without them pip downloads every package again`,
  )
}
