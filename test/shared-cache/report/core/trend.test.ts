import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { HistoryEntry } from '../../../../src/shared-cache/report/core/history'
import { trends } from '../../../../src/shared-cache/report/core/trend'

const DAY = 86_400_000
const T0 = Date.parse('2026-11-01T00:00:00Z')

/** One entry a day; the disk has 1000 bytes. */
function days(used: readonly number[], npm: readonly (number | null)[] = []): HistoryEntry[] {
  return used.map((bytes, i) => {
    const size = npm[i]
    return {
      at: T0 + i * DAY,
      disk: { bytes: 1000, freeBytes: 1000 - bytes },
      caches: size == null ? {} : { npm: size },
    }
  })
}

describe('growth per day', () => {
  test.each<[string, (number | null)[], number | null]>([
    ['nothing known', [], null],
    ['one measurement', [10], null],
    ['ten more each day', [10, 20, 30, 40], 10],
    ['ten less each day', [40, 30, 20], -10],
    ['always the same', [7, 7, 7], 0],
    ['growing and pruned again', [0, 100, 0, 100, 0], 0],
    ['measured now and then', [10, null, 30, null, 50], 10],
    [
      'fast a month ago, still since',
      [...Array(15).keys()].map((i) => i * 50).concat(Array(15).fill(700) as number[]),
      0,
    ],
  ])('%s', (_, npm, expected) => {
    const { caches } = trends(
      days(
        npm.map(() => 0),
        npm,
      ),
      ['npm'],
    )
    expect(caches[0]?.growthPerDay).toBe(expected)
  })

  it('needs a day of measurements', () => {
    const [first, second] = days([10, 20])
    if (!first || !second) throw new Error('two days')
    expect(trends([first, { ...second, at: T0 + DAY - 1 }], []).disk.growthPerDay).toBe(null)
    expect(trends([first, second], []).disk.growthPerDay).toBe(10)
  })
})

describe('the day on which the disk is full', () => {
  test.each<[string, number[], string | null]>([
    ['100 a day, 700 left on 4 November', [0, 100, 200, 300], '2026-11-11'],
    ['shrinking', [300, 200, 100], null],
    ['still', [300, 300, 300], null],
    ['nothing known', [], null],
    ['in more than ten years', Array.from({ length: 14 }, (_, i) => (i < 13 ? 0 : 1)), null],
    ['full already', [800, 900, 1000], '2026-11-03'],
  ])('%s', (_, used, day) => {
    expect(trends(days(used), []).diskFullOn).toBe(day)
  })
})

describe('the points of a trend', () => {
  it('are at most 120 measured ones, including the first and the last', () => {
    const sizes = fc.array(fc.nat({ max: 1e12 }), { minLength: 1, maxLength: 900, size: 'max' })
    fc.assert(
      fc.property(sizes, (npm) => {
        const { points } = trends(
          days(
            npm.map(() => 0),
            npm,
          ),
          ['npm'],
        ).caches[0] ?? { points: [] }
        expect(points.length).toBe(Math.min(120, npm.length))
        expect(points[0]?.[1]).toBe(npm[0])
        expect(points.at(-1)?.[1]).toBe(npm.at(-1))
        for (const [at, bytes] of points) expect(npm[(Date.parse(at) - T0) / DAY]).toBe(bytes)
      }),
    )
  })

  it('are of the requested caches, in that order', () => {
    const { caches } = trends(days([1], [5]), ['pip', 'npm'])
    expect(caches.map(({ name, points }) => [name, points.length])).toEqual([
      ['pip', 0],
      ['npm', 1],
    ])
  })
})

describe('the edges of a trend', () => {
  test('two weeks count to the last millisecond, and nothing before', () => {
    const at = (day: number, bytes: number, more = 0): HistoryEntry => ({
      at: T0 + day * DAY - more,
      disk: { bytes: 1e6, freeBytes: 1e6 - bytes },
      caches: {},
    })
    expect(trends([at(0, 0), at(14, 1400)], []).disk.growthPerDay).toBe(100)
    expect(trends([at(0, 0, 1), at(14, 1400)], []).disk.growthPerDay).toBeNull()
  })
  test('a line uses all points, at any distance', () => {
    const sizes = fc.tuple(fc.nat(1e6), fc.integer({ min: -1000, max: 1000 }))
    const hours = fc.uniqueArray(fc.nat(14 * 24), { minLength: 2, maxLength: 40, size: 'max' })
    fc.assert(
      fc.property(sizes, hours, ([start, perHour], times) => {
        const sorted = [...times].sort((a, b) => a - b)
        const entries = sorted.map((hour) => ({
          at: T0 + hour * 3_600_000,
          disk: { bytes: 1e9, freeBytes: 1e9 },
          caches: { npm: start + perHour * hour },
        }))
        const [first = 0] = sorted
        const isLong = (sorted.at(-1) ?? 0) - first >= 24
        const growth = trends(entries, ['npm']).caches[0]?.growthPerDay
        if (isLong) expect(growth).toBeCloseTo(perHour * 24, 5)
        else expect(growth).toBeNull()
      }),
    )
  })
  test.each<[number, string | null]>([
    [3650, '2036-10-30'],
    [3651, null],
  ])('a disk that is full in %i days', (days, expected) => {
    const free = (bytes: number, day: number): HistoryEntry => ({
      ...{ at: T0 + day * DAY, disk: { bytes: 1e9, freeBytes: bytes }, caches: {} },
    })
    expect(trends([free(days + 1, 0), free(days, 1)], []).diskFullOn).toBe(expected)
  })
  test.each([1, 119, 120, 121, 240, 900])('%i measurements have their points', (count) => {
    const { points } = trends(days(Array.from({ length: count }, (_, i) => i)), []).disk
    expect(points).toHaveLength(Math.min(count, 120))
    const bytes = points.map(([, each]) => each)
    expect(bytes).toEqual([...new Set(bytes)].sort((a, b) => a - b))
    const gaps = bytes.slice(1).map((each, i) => each - (bytes[i] ?? 0))
    if (gaps.length > 0) expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1)
  })
})
