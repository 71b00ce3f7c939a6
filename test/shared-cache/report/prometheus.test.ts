import { describe, expect, it, test } from 'vitest'
import { prometheusText } from '../../../src/shared-cache/report/prometheus'
import { type Metric, parseMetrics } from '../../support/prometheus'
import { sampleReport } from '../../support/report'

const PREFIX = 'dokku_shared_cache_'
const read = (report = sampleReport()) => parseMetrics(prometheusText(report))
const value = (metrics: Map<string, Metric>, name: string, labels = '') =>
  metrics.get(PREFIX + name)?.samples.get(labels)

describe("the report in Prometheus' format", () => {
  test.each([
    ['report_timestamp_seconds', '', 1_795_231_800],
    ['disk_size_bytes', '', 320e9],
    ['size_bytes', 'cache=npm', 11.4e9],
    ['files', 'cache=pip', 41_234],
    ['apps', 'cache=npm', 2],
    ['complete', 'cache=cargo', 0],
    ['complete', 'cache=npm', 1],
    ['newest_use_timestamp_seconds', 'cache=uv', 1_795_228_200],
    ['growth_bytes_per_second', 'cache=npm', 0.2e9 / 86_400],
    ['build_cache_size_bytes', 'type=exec.cachemount', 17.7e9],
    ['build_cache_shared_bytes', '', 4.4e9],
    ['cache_mount_size_bytes', 'id=//target,target=/app/target', 8.4e9],
    ['builder_volume_size_bytes', 'builder=herokuish,volume=cache-old,app=old', 7e8],
  ])('has %s{%s} %d', (name, labels, expected) => {
    expect(value(read(), name, labels)).toBeCloseTo(expected, 3)
  })

  it('explains each metric, in base units', () => {
    for (const [name, { help, type }] of read()) {
      expect(name).toMatch(/^dokku_shared_cache_/)
      expect(name).not.toMatch(/milli|kilo|mega|percent|_days|_hours/)
      expect(help).toMatch(/^[A-Z].*\.$/)
      expect(type).toBe('gauge')
    }
  })

  it('has no line for unknown values', () => {
    const report = sampleReport()
    const { disk } = report
    const trend = { ...report.trend, diskFullOn: null }
    const metrics = read({
      ...report,
      trend,
      buildCache: null,
      disk: { ...disk, inodes: null, freeInodes: null },
    })
    const names = [...metrics.keys()].map((name) => name.slice(PREFIX.length))
    expect(names).not.toContain('disk_full_timestamp_seconds')
    expect(names).not.toContain('disk_inodes')
    expect(names.filter((name) => name.startsWith('build_cache'))).toEqual([])
  })

  it('escapes names from a Dockerfile', () => {
    const report = sampleReport()
    const details = report.buildCache?.details
    const mount = details?.cacheMounts[0]
    if (!report.buildCache || !details || !mount) throw new Error('a cache mount')
    const odd = { ...mount, id: 'a"b\\c\nd', target: '/x,y="z"}' }
    const buildCache = { ...report.buildCache, details: { ...details, cacheMounts: [odd] } }
    const metrics = read({ ...report, buildCache })
    expect(value(metrics, 'cache_mount_size_bytes', 'id=a"b\\c\nd,target=/x,y="z"}')).toBe(8.4e9)
  })

  it('adds up private cache mounts of one name: no line is repeated', () => {
    const report = sampleReport()
    const details = report.buildCache?.details
    const mount = details?.cacheMounts[0]
    if (!report.buildCache || !details || !mount) throw new Error('a cache mount')
    const buildCache = {
      ...report.buildCache,
      details: { ...details, cacheMounts: [mount, mount] },
    }
    const metrics = read({ ...report, buildCache })
    const labels = 'id=//target,target=/app/target'
    expect(value(metrics, 'cache_mount_size_bytes', labels)).toBe(16.8e9)
  })
})

describe('the strict reader of this test', () => {
  test.each([
    ['no newline at the end', '# HELP a A.\n# TYPE a gauge\na 1'],
    ['no help', '# TYPE a gauge\na 1\n'],
    ['a time', '# HELP a A.\n# TYPE a gauge\na 1 1700000000\n'],
    ['another metric in between', '# HELP a A.\n# TYPE a gauge\nb 1\n'],
    ['a quote that is not escaped', '# HELP a A.\n# TYPE a gauge\na{b="c"d"} 1\n'],
    ['a line twice', '# HELP a A.\n# TYPE a gauge\na 1\na 1\n'],
    ['a blank line', '# HELP a A.\n# TYPE a gauge\na 1\n\n'],
    ['no number', '# HELP a A.\n# TYPE a gauge\na NULL\n'],
  ])('rejects %s', (_, text) => {
    expect(() => parseMetrics(text)).toThrow()
  })
})
