import { describe, expect, test } from 'vitest'
import { parseAge, parseSize } from '../../../src/foundation/core/size'

describe('a size', () => {
  test.each([
    ['0', 0],
    ['500', 500],
    ['10GB', 10e9],
    ['10gb', 10e9],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['500m', 500e6],
    ['2 TB', 2e12],
  ])('%s is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes))

  test.each(['', '10XB', '-1GB', 'GB', '1e3', '10GB extra', '99999999TB'])(
    '%j is refused',
    (text) => expect(() => parseSize(text)).toThrow('Invalid size'),
  )
})

describe('an age', () => {
  test.each([
    ['90s', 90_000],
    ['72h', 72 * 3_600_000],
    ['30d', 30 * 86_400_000],
    ['2w', 14 * 86_400_000],
    ['1.5h', 5_400_000],
  ])('%s is %d ms', (text, age) => expect(parseAge(text)).toBe(age))

  test.each(['', '30', '30y', '-1d', 'd', '1d2h'])('%j is refused', (text) =>
    expect(() => parseAge(text)).toThrow('Invalid age'),
  )
})
