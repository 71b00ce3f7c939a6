import type { BuildCacheReport, MountReport } from '../buildkit/core/report'
import { type Sample, gauges, metricsText } from '../../foundation/output/prometheus'
import type { GlobalReport } from './core/global-report'

const gauge = gauges('dokku_shared_cache_')
const DAY = 86_400

const seconds = (time: string | null) => (time === null ? null : Date.parse(time) / 1000)

function diskMetrics({ disk, trend }: GlobalReport): readonly string[] {
  const { growthPerDay } = trend.disk
  const perSecond = growthPerDay === null ? null : growthPerDay / DAY
  return [
    ...gauge('disk_size_bytes', 'Size of the disk that the caches are on.', [[{}, disk.bytes]]),
    ...gauge('disk_free_bytes', 'Free bytes on that disk.', [[{}, disk.freeBytes]]),
    ...gauge('disk_inodes', 'Inodes of that disk.', [[{}, disk.inodes]]),
    ...gauge('disk_free_inodes', 'Free inodes on that disk.', [[{}, disk.freeInodes]]),
    ...gauge(
      'disk_growth_bytes_per_second',
      'Growth of the used bytes on that disk, over two weeks.',
      [[{}, perSecond]],
    ),
    ...gauge('disk_full_timestamp_seconds', 'When that disk is full at this rate.', [
      [{}, seconds(trend.diskFullOn)],
    ]),
  ]
}

function cacheMetrics({ caches, trend }: GlobalReport): readonly string[] {
  const of = (value: (cache: GlobalReport['caches'][number]) => number | null) =>
    caches.map((cache): Sample => [{ cache: cache.name }, value(cache)])
  const growth = trend.caches.map(({ name, growthPerDay }): Sample => {
    return [{ cache: name }, growthPerDay === null ? null : growthPerDay / DAY]
  })
  return [
    ...gauge(
      'size_bytes',
      'Bytes of a cache on the disk.',
      of((cache) => cache.bytes),
    ),
    ...gauge(
      'files',
      'Files of a cache.',
      of((cache) => cache.files),
    ),
    ...gauge(
      'apps',
      'Apps that have a cache.',
      of((cache) => cache.apps),
    ),
    ...gauge(
      'newest_use_timestamp_seconds',
      'Last use of any file of a cache.',
      of((cache) => seconds(cache.newestUse)),
    ),
    ...gauge(
      'complete',
      'Whether all of a cache could be read: 0 if its size is a lower bound.',
      of((cache) => (cache.complete ? 1 : 0)),
    ),
    ...gauge('growth_bytes_per_second', 'Growth of a cache, over two weeks.', growth),
  ]
}

function budgetMetrics({ budget }: GlobalReport): readonly string[] {
  const { maxBytes, minFreeBytes, caches } = budget
  return [
    ...gauge('budget_bytes', 'Budget for all caches together, in bytes.', [[{}, maxBytes]]),
    ...gauge(
      'cache_budget_bytes',
      'Budget for one cache, in bytes.',
      caches.map(({ name, maxBytes: max }): Sample => [{ cache: name }, max]),
    ),
    ...gauge('min_free_bytes', 'Bytes of the disk that are kept free.', [[{}, minFreeBytes]]),
  ]
}

function byType(report: BuildCacheReport, value: 'bytes' | 'reclaimable' | 'records') {
  return report.types.map((one): Sample => [{ type: one.type }, one[value]])
}

/** Merges cache mounts with the same id and target: private ones are several records with one name. */
function mountMetrics(mounts: readonly MountReport[]): readonly string[] {
  const labels = new Map<string, Readonly<Record<string, string>>>()
  const bytes = new Map<string, number>()
  const used = new Map<string, number>()
  for (const { id, target, bytes: size, lastUsed } of mounts) {
    const key = JSON.stringify([id, target])
    labels.set(key, { id: id ?? '', target })
    bytes.set(key, (bytes.get(key) ?? 0) + size)
    used.set(key, Math.max(used.get(key) ?? 0, seconds(lastUsed) ?? 0))
  }
  const of = (values: ReadonlyMap<string, number>) =>
    [...labels].map(([key, label]): Sample => [label, values.get(key) ?? null])
  return [
    ...gauge('cache_mount_size_bytes', 'Bytes of a cache mount, a lower bound.', of(bytes)),
    ...gauge('cache_mount_last_use_timestamp_seconds', 'Last use of a cache mount.', of(used)),
  ]
}

function buildCacheMetrics(report: BuildCacheReport): readonly string[] {
  const { details } = report
  const outside = (details?.outside ?? []).map(({ builder, name, app, bytes }): Sample => {
    return [{ builder, volume: name, app: app ?? '' }, bytes]
  })
  return [
    ...gauge('build_cache_size_bytes', "Bytes of Docker's build cache.", byType(report, 'bytes')),
    ...gauge(
      'build_cache_reclaimable_bytes',
      "Bytes of Docker's build cache that pruning would free.",
      byType(report, 'reclaimable'),
    ),
    ...gauge('build_cache_records', "Records of Docker's build cache.", byType(report, 'records')),
    ...gauge('build_cache_shared_bytes', 'Bytes of it that are also in images.', [
      [{}, report.shared],
    ]),
    ...gauge('build_cache_records_in_use', 'Records of it in use.', [[{}, report.inUseRecords]]),
    ...mountMetrics(details?.cacheMounts ?? []),
    ...gauge(
      'builder_volume_size_bytes',
      'Bytes of a cache that a builder keeps in a volume.',
      outside,
    ),
  ]
}

/**
 * The report in Prometheus' text format, for node_exporter's textfile collector: gauges in base units,
 * without timestamps, which the collector rejects. Unknown values have no line.
 */
export function prometheusText(report: GlobalReport): string {
  const lines = [
    ...gauge('report_timestamp_seconds', 'When this was measured.', [
      [{}, seconds(report.generatedAt)],
    ]),
    ...diskMetrics(report),
    ...cacheMetrics(report),
    ...budgetMetrics(report),
    ...(report.buildCache ? buildCacheMetrics(report.buildCache) : []),
  ]
  return metricsText(lines)
}
