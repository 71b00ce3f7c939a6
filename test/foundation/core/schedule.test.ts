import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { KnownError } from '../../../src/foundation/core/errors'
import { DEFAULT_SCHEDULE, parseSchedule } from '../../../src/foundation/core/schedule'

describe('a schedule', () => {
  test.each([
    ['30 3 * * *', '30 3 * * *'],
    [DEFAULT_SCHEDULE, DEFAULT_SCHEDULE],
    ['  5   04 * * * ', '5 4 * * *'],
    ['*/15 * * * *', '*/15 * * * *'],
    ['0,30 1-5 * * *', '0,30 1-5 * * *'],
    ['0 0-20/4 1,15 * 1-5', '0 0-20/4 1,15 * 1-5'],
    ['0 4 * JAN sun', '0 4 * 1 0'],
    ['0 4 * * 7', '0 4 * * 7'],
    ['off', 'off'],
  ])('%j is %j', (value, canonical) => {
    expect(parseSchedule(value)).toBe(canonical)
  })

  test.each([
    '',
    '30 3 * *',
    '30 3 * * * *',
    '30 3 * * * dokku apps:destroy',
    '60 3 * * *',
    '30 24 * * *',
    '30 3 0 * *',
    '30 3 32 * *',
    '30 3 * 13 *',
    '30 3 * * 8',
    '30 3 * foo *',
    '30 3 * jan-mar *',
    '5-1 3 * * *',
    '5/10 3 * * *',
    '*/0 3 * * *',
    '*/99 3 * * *',
    '1-2-3 3 * * *',
    '*/5/5 3 * * *',
    '1, 3 * * *',
    ',1 3 * * *',
    '-1 3 * * *',
    '1e1 3 * * *',
    '+1 3 * * *',
    '@daily',
    '30 3 * * *;true',
    '30 3 * * *\n* * * * * true',
    '30\t3 * * *',
    '30 3 * * *\r',
    '30 3 * * %',
    'OFF',
  ])('%j is rejected, in one line', (value) => {
    expect(() => parseSchedule(value)).toThrow(KnownError)
    expect(() => parseSchedule(value)).toThrow(/^Invalid schedule: [^\n]*$/)
  })

  it('is rejected, or contains nothing that could start another task', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom(...'0123456789*/,- ;%\n'.split('')), { maxLength: 20, size: 'max' })
        .map((a) => a.join('')),
    )
    fc.assert(
      fc.property(text, (value) => {
        try {
          const canonical = parseSchedule(value)
          expect(canonical).toMatch(/^(off|[\d*/,-]+( [\d*/,-]+){4})$/)
          expect(parseSchedule(canonical)).toBe(canonical)
        } catch (error) {
          if (!(error instanceof KnownError)) throw error
        }
      }),
    )
  })
})
