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

describe('growth a day', () => {
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
  it('are at most 120, the first and the last among them, each one measured', () => {
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

  it('are of the caches that were asked for, in that order', () => {
    const { caches } = trends(days([1], [5]), ['pip', 'npm'])
    expect(caches.map(({ name, points }) => [name, points.length])).toEqual([
      ['pip', 0],
      ['npm', 1],
    ])
  })
})
