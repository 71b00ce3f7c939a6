import { describe, expect, test } from 'vitest'
import type { KnownBase } from '../../../../src/shared-cache/devices/core/bases'
import {
  type MeasuredBase,
  baseReports,
} from '../../../../src/shared-cache/report/core/base-report'

const base = (reference: string, over: Partial<KnownBase> = {}): KnownBase => ({
  ...{ reference, platform: '', system: '', plain: false },
  ...over,
})
const measured = (name: string, over: Partial<MeasuredBase> = {}): MeasuredBase => ({
  ...{ cache: 'pip', bytes: 1, lastUsed: null },
  directory: { directory: name, base: base(name), isStale: false },
  ...over,
})

describe('the rows of base images', () => {
  test('are empty without directories', () => expect(baseReports([])).toEqual([]))

  test('are sorted by size, in any order of measurement', () => {
    const sizes = [10, 30, 20]
    const rows = baseReports(sizes.map((bytes) => measured(`base-${bytes}`, { bytes })))
    expect(rows.map(({ bytes }) => bytes)).toEqual([30, 20, 10])
  })

  test('have the latest use in any cache, as far as known', () => {
    const uses = [null, 2000, 1000].map((lastUsed) => measured('base-a', { lastUsed }))
    expect(baseReports(uses)).toMatchObject([{ lastUsed: '1970-01-01T00:00:02.000Z', bytes: 3 }])
    expect(baseReports([measured('base-a', { lastUsed: 0 })])[0]?.lastUsed).toBe(
      '1970-01-01T00:00:00.000Z',
    )
    expect(baseReports([measured('base-a')])[0]?.lastUsed).toBeNull()
  })

  test('have the platform of the image, and its system once it is known', () => {
    const arm = base('node:22', { platform: 'linux/arm64', system: 'debian-12-arm64-glibc' })
    const directory = { directory: 'base-a', base: arm, isStale: true }
    expect(baseReports([measured('base-a', { directory })])).toMatchObject([
      {
        ...{ directory: 'base-a', reference: 'node:22', platform: 'linux/arm64' },
        ...{ system: 'debian-12-arm64-glibc', stale: true },
      },
    ])
    expect(baseReports([measured('base-a')])).toMatchObject([{ system: null, stale: false }])
  })
})
