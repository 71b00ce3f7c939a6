import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isEnforced, limitBytes } from '../../../../src/persist/limits/core/limit'

describe('the bytes of a limit', () => {
  test.each<[number | null, number | null]>([
    [null, null],
    [0, 1024],
    [1, 1024],
    [1024, 1024],
    [1025, 2048],
    [10e9, 10_000_000_000],
  ])('for %s are %s', (size, bytes) => expect(limitBytes(size)).toBe(bytes))

  test('are the next whole block', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 50 }), (size) => {
        const bytes = limitBytes(size) ?? 0
        expect(bytes % 1024).toBe(0)
        expect(bytes - size).toBeGreaterThanOrEqual(0)
        expect(bytes - size).toBeLessThan(1024)
        expect(limitBytes(bytes)).toBe(bytes)
      }),
    )
  })

  test.each<[number | null, Parameters<typeof isEnforced>[1], boolean]>([
    [5000, { limit: 5120 }, true],
    [5000, { limit: null }, false],
    [5000, { limit: 9216 }, false],
    [5000, { watched: 'x' }, false],
    [5000, undefined, false],
    [null, { limit: null }, false],
  ])('of %s with %j are enforced: %s', (size, state, is) => {
    expect(isEnforced(size, state)).toBe(is)
  })
})
