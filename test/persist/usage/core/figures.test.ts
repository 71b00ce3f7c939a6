import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  type VolumeDisk,
  daysUntilFull,
  figuresOf,
  isNearlyFull,
  totalsOf,
} from '../../../../src/persist/usage/core/figures'
import type { Sample } from '../../../../src/persist/usage/core/history'
import type { Volume } from '../../../../src/persist/volumes/core/volume'
import { sampleVolume } from '../../../support/volumes'

const DAY = 86_400_000
const T0 = Date.parse('2026-11-01T00:00:00Z')
const DISK: VolumeDisk = { bytes: 1000, freeBytes: 300 }

/** One sample a day. */
const daily = (...sizes: readonly number[]): Sample[] =>
  sizes.map((bytes, day) => ({ time: T0 + day * DAY, bytes, files: 3, complete: true }))

const figures = (
  change: Partial<Volume>,
  samples: readonly Sample[],
  warnAt: number | null = 0.8,
  disk = DISK,
  enforced: number | null = null,
) => figuresOf(sampleVolume(change), samples, disk, ['shop'], warnAt, enforced)

describe('the figures of a volume', () => {
  test.each<[string, Partial<Volume>, Sample[], object]>([
    [
      'that was never measured',
      {},
      [],
      { bytes: null, files: null, measuredAt: null, share: null, growthPerDay: null },
    ],
    ['that was measured once', {}, daily(50), { bytes: 50, share: 0.05, growthPerDay: null }],
    [
      'that grows',
      {},
      daily(50, 60, 70),
      { bytes: 70, growthPerDay: 10, daysUntilDiskFull: 30, daysUntilLimit: null },
    ],
    [
      'that grows to its limit',
      { size: 105 },
      daily(50, 60, 70),
      { limitBytes: 105, daysUntilLimit: 3, overLimit: false, warning: false },
    ],
    ['that shrinks', { size: 100 }, daily(90, 60), { growthPerDay: -30, daysUntilLimit: null }],
    ['that is at 80 % of its limit', { size: 100 }, daily(80), { warning: true, overLimit: false }],
    ['just below it', { size: 1000 }, daily(799), { warning: false }],
    ['that is full', { size: 100 }, daily(100), { overLimit: false, daysUntilLimit: 0 }],
    [
      'that is over its limit',
      { size: 100 },
      daily(101),
      { overLimit: true, warning: true, daysUntilLimit: 0, limitShare: 1.01 },
    ],
    ['with a limit of nothing', { size: 0 }, daily(1), { overLimit: true, limitShare: 1 }],
    [
      'that is empty, with a limit of nothing',
      { size: 0 },
      daily(0),
      { overLimit: false, limitShare: 0 },
    ],
    ['of an app', {}, [], { app: 'shop', formerApp: null }],
    ['without an app', { app: null, formerApp: 'old' }, [], { app: null, formerApp: 'old' }],
    ['of an app that is gone', { app: 'gone' }, [], { app: null, formerApp: 'gone' }],
  ])('%s', (_, change, samples, expected) => {
    expect(figures(change, samples)).toMatchObject(expected)
  })

  it('warns only above the limit without warn-at', () => {
    expect(figures({ size: 100 }, daily(100), null).warning).toBe(false)
    expect(figures({ size: 100 }, daily(101), null).warning).toBe(true)
  })

  test.each<[string, number | null, number | null, boolean]>([
    ['set in whole blocks', 5000, 5120, true],
    ['of another size', 9000, 5120, false],
    ['that is not set', 5000, null, false],
    ['that was removed', null, 5120, false],
    ['of none', null, null, false],
  ])('a limit %s is enforced: %#', (_, size, enforced, is) => {
    expect(figures({ size }, [], 0.8, DISK, enforced).limitEnforced).toBe(is)
  })

  it('does not take a lower bound for growth', () => {
    const [first, second, third] = daily(10, 20, 500)
    if (!first || !second || !third) throw new Error('three days')
    const { growthPerDay, bytes, complete } = figures({}, [
      first,
      second,
      { ...third, complete: false },
    ])
    expect({ growthPerDay, bytes, complete }).toEqual({
      growthPerDay: 10,
      bytes: 500,
      complete: false,
    })
  })

  it('has whole days that are not more than what is left', () => {
    const sizes = fc.array(fc.nat(1e9), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(sizes, fc.nat(1e9), fc.nat(1e9), (all, size, freeBytes) => {
        const made = figures({ size }, daily(...all), 0.8, { bytes: 2e9, freeBytes })
        const { growthPerDay, daysUntilLimit, daysUntilDiskFull } = made
        const left = size - (all.at(-1) ?? 0)
        for (const [days, bytes] of [
          [daysUntilLimit, left],
          [daysUntilDiskFull, freeBytes],
        ] as const) {
          if (bytes <= 0) expect(days).toBe(0)
          else if (growthPerDay === null || growthPerDay <= 0) expect(days).toBeNull()
          else if (days !== null) {
            expect(Number.isInteger(days)).toBe(true)
            expect(days * growthPerDay).toBeLessThanOrEqual(bytes)
            expect((days + 1) * growthPerDay).toBeGreaterThan(bytes)
          } else expect(bytes / growthPerDay).toBeGreaterThan(3650)
        }
      }),
    )
  })

  it('grows exactly as a straight line does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -100, max: 100 }),
        fc.integer({ min: 2, max: 60 }),
        (slope, days) => {
          const sizes = Array.from({ length: days }, (_, day) => 1e6 + slope * day)
          expect(figures({}, daily(...sizes)).growthPerDay).toBeCloseTo(slope, 5)
        },
      ),
    )
  })
})

describe('volumes together', () => {
  it('are added up, without those that were never measured', () => {
    const all = [
      figures({ size: 50 }, daily(40, 60)),
      figures({ app: null, formerApp: 'old' }, daily(5)),
      figures({}, []),
    ]
    expect(totalsOf(all)).toEqual({
      ...{ volumes: 3, orphans: 1, unmeasured: 1, bytes: 65, files: 6 },
      ...{ growthPerDay: 20, overLimit: 1 },
    })
  })

  it('have no growth as long as none is known', () => {
    expect(totalsOf([figures({}, daily(1))]).growthPerDay).toBeNull()
    expect(totalsOf([])).toMatchObject({ volumes: 0, growthPerDay: null })
  })
})

describe('the disk', () => {
  test.each<[number | null, number | null]>([
    [null, null],
    [0, null],
    [-5, null],
    [100, 3],
    [301, 0],
  ])('is full at a growth of %s in %s days', (perDay, days) => {
    expect(daysUntilFull(DISK, perDay)).toBe(days)
  })

  test.each<[number, number | null, boolean]>([
    [200, 0.8, true],
    [201, 0.8, false],
    [0, null, false],
  ])('with %i of 1000 free is nearly full at %s: %s', (freeBytes, warnAt, is) => {
    expect(isNearlyFull({ bytes: 1000, freeBytes }, warnAt)).toBe(is)
  })
})
