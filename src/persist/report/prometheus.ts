import { type Sample, gauges, metricsText } from '../../foundation/output/prometheus'
import type { Figures } from '../usage/core/figures'
import type { GlobalReport } from './core/document'

const gauge = gauges('dokku_persist_')
const DAY = 86_400

const seconds = (time: string | null) => (time === null ? null : Date.parse(time) / 1000)
const perSecond = (perDay: number | null) => (perDay === null ? null : perDay / DAY)

function diskMetrics({ disk }: GlobalReport): readonly string[] {
  return [
    ...gauge('disk_size_bytes', 'Size of the disk that the volumes are on.', [[{}, disk.bytes]]),
    ...gauge('disk_free_bytes', 'Free bytes on that disk.', [[{}, disk.freeBytes]]),
    ...gauge('disk_inodes', 'Inodes of that disk.', [[{}, disk.inodes]]),
    ...gauge('disk_free_inodes', 'Free inodes on that disk.', [[{}, disk.freeInodes]]),
  ]
}

function volumeMetrics({ volumes }: GlobalReport): readonly string[] {
  const of = (value: (one: Figures) => number | null) =>
    volumes.map((one): Sample => {
      const { app, name, entry, kind } = one
      return [{ app: app ?? '', volume: name, entry, kind }, value(one)]
    })
  return [
    ...gauge(
      'volume_size_bytes',
      'Bytes of a volume on the disk, as last measured.',
      of(({ bytes }) => bytes),
    ),
    ...gauge(
      'volume_files',
      'Files of a volume.',
      of(({ files }) => files),
    ),
    ...gauge(
      'volume_complete',
      'Whether all of a volume could be read: 0 if its size is a lower bound.',
      of(({ bytes, complete }) => (bytes === null ? null : Number(complete))),
    ),
    ...gauge(
      'volume_measured_timestamp_seconds',
      'When a volume was measured.',
      of(({ measuredAt }) => seconds(measuredAt)),
    ),
    ...gauge(
      'volume_limit_bytes',
      'Limit of a volume.',
      of(({ limitBytes }) => limitBytes),
    ),
    ...gauge(
      'volume_growth_bytes_per_second',
      'Growth of a volume, over two weeks.',
      of(({ growthPerDay }) => perSecond(growthPerDay)),
    ),
  ]
}

/**
 * The report in Prometheus' text format, for node_exporter's textfile collector: gauges in base units,
 * without timestamps. A volume without an app has an empty label `app`.
 */
export function prometheusText(report: GlobalReport): string {
  const { totals, generatedAt } = report
  return metricsText([
    ...gauge('report_timestamp_seconds', 'When this report was made.', [
      [{}, seconds(generatedAt)],
    ]),
    ...diskMetrics(report),
    ...gauge('volumes', 'Number of volumes.', [[{}, totals.volumes]]),
    ...gauge('orphaned_volumes', 'Volumes without an app.', [[{}, totals.orphans]]),
    ...gauge('unmeasured_volumes', 'Volumes that were never measured.', [[{}, totals.unmeasured]]),
    ...volumeMetrics(report),
  ])
}
