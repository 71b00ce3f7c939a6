import { describe, expect, it, test } from 'vitest'
import { prometheusText } from '../../../src/persist/report/prometheus'
import { globalReport } from '../../../src/persist/report/core/document'
import { parseMetrics } from '../../support/prometheus'
import { SAMPLED, sampleVolumeReport } from '../../support/volumes'

const PREFIX = 'dokku_persist_'
const read = (report = sampleVolumeReport()) => parseMetrics(prometheusText(report))
const UPLOADS = 'app=shop,volume=uploads,entry=shop-uploads,kind=data'

describe("the report in Prometheus' format", () => {
  test.each([
    ['report_timestamp_seconds', '', SAMPLED / 1000],
    ['disk_size_bytes', '', 320e9],
    ['volumes', '', 5],
    ['orphaned_volumes', '', 1],
    ['unmeasured_volumes', '', 1],
    ['volume_size_bytes', UPLOADS, 12e9],
    ['volume_size_bytes', 'app=,volume=data,entry=old-data,kind=data', 3e9],
    ['volume_files', UPLOADS, 1030],
    ['volume_complete', 'app=api,volume=data<b>,entry=api-data,kind=data', 0],
    ['volume_measured_timestamp_seconds', UPLOADS, SAMPLED / 1000],
    ['volume_limit_bytes', UPLOADS, 20e9],
    ['volume_growth_bytes_per_second', UPLOADS, 0.3e9 / 86_400],
  ])('has %s{%s} %d', (name, labels, expected) => {
    expect(
      read()
        .get(PREFIX + name)
        ?.samples.get(labels),
    ).toBeCloseTo(expected, 3)
  })

  it('explains each metric, in base units', () => {
    for (const [name, { help, type }] of read()) {
      expect(name).toMatch(/^dokku_persist_/)
      expect(name).not.toMatch(/milli|kilo|mega|percent|_days|_hours/)
      expect(help).toMatch(/^[A-Z].*\.$/)
      expect(type).toBe('gauge')
    }
  })

  it('has no line for unknown values', () => {
    const sizes = [...(read().get(`${PREFIX}volume_size_bytes`)?.samples.keys() ?? [])]
    expect(sizes.join()).not.toContain('entry=api-new')
    const names = [...read(globalReport(sampleVolumeReport(), [])).keys()]
    expect(names.filter((name) => name.startsWith(`${PREFIX}volume_`))).toEqual([])
  })
})
