import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { globalReport } from '../../../src/persist/report/core/document'
import { type Schema, violations } from '../../support/schema'
import { sampleVolumeReport } from '../../support/volumes'

describe('plugin/persist/report.schema.json', () => {
  const schema = JSON.parse(readFileSync('plugin/persist/report.schema.json', 'utf8')) as Schema
  const asJson = (document: unknown) => JSON.parse(JSON.stringify(document)) as unknown

  test.each([
    ['volumes of all sorts', sampleVolumeReport()],
    ['no volumes', globalReport(sampleVolumeReport(), [])],
  ])('describes everything in a report with %s', (_, report) => {
    expect(violations(schema, asJson(report))).toEqual([])
  })

  test('has no field that a report does not have', () => {
    const [volume] = sampleVolumeReport().volumes
    const { properties } = schema.properties?.['volumes']?.items ?? {}
    expect(Object.keys(properties ?? {}).sort()).toEqual(Object.keys(volume ?? {}).sort())
  })
})
