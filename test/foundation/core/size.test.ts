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
    '%j is rejected',
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

  test.each(['', '30', '30y', '-1d', 'd', '1d2h'])('%j is rejected', (text) =>
    expect(() => parseAge(text)).toThrow('Invalid age'),
  )
})

describe('every unit', () => {
  test.each([
    ['1', 1],
    ['1b', 1],
    ['1k', 1e3],
    ['1kb', 1e3],
    ['1kib', 1024],
    ['1m', 1e6],
    ['1mb', 1e6],
    ['1mib', 1024 ** 2],
    ['1g', 1e9],
    ['1gb', 1e9],
    ['1gib', 1024 ** 3],
    ['1t', 1e12],
    ['1tb', 1e12],
    ['1tib', 1024 ** 4],
    [' 1 kB ', 1e3],
    ['12.75k', 12_750],
  ])('of a size: %s is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes))

  test.each([
    ['1s', 1000],
    ['1m', 60_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['1w', 604_800_000],
    [' 10 D ', 864_000_000],
    ['12.25H', 44_100_000],
  ])('of an age: %s is %d ms', (text, age) => expect(parseAge(text)).toBe(age))
})
