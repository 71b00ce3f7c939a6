import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identityOf, lastUse, withoutFuture, parseEntry } from '../../../src/foundation/core/entry'
import { entry } from '../../support/entries'

describe('a record of a walk', () => {
  test('a file', () => {
    const head = 'f 24 131 2 1700000100.5000000000 1700000000.1234567890 a dir/name'
    expect(parseEntry(head, '')).toEqual({
      type: 'file',
      bytes: 24 * 512,
      inode: '131',
      links: 2,
      accessed: 1_700_000_100_500,
      modified: 1_700_000_000_123,
      identity: '131:1700000000123456789',
      path: 'a dir/name',
      target: '',
    })
  })

  test.each([
    ['d', 'directory'],
    ['l', 'link'],
    ['p', 'other'],
    ['s', 'other'],
    ['b', 'other'],
    ['U', 'other'],
  ])('%s is a %s', (letter, type) => {
    expect(parseEntry(`${letter} 0 1 1 1.0000000000 1.0000000000 x`, '')?.type).toBe(type)
  })

  test.each(['', 'f', 'f 0 1 1 1.0 1.0', 'find: something'])('%j is not a record', (head) => {
    expect(parseEntry(head, '')).toBeUndefined()
  })

  test('any name is parsed unchanged', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (path, target) => {
        const parsed = parseEntry(`l 0 1 1 1.0000000000 1.0000000000 ${path}`, target)
        expect(parsed).toMatchObject({ path, target })
      }),
    )
  })

  test('the identity is that of stat: inode, and modification time in nanoseconds', () => {
    expect(identityOf('7', '1700000000.0000000010')).toBe('7:1700000000000000001')
  })

  const DAY = 24 * 3_600_000
  const NOW = 1000 * DAY
  test.each([
    [
      'nothing where both are in the past',
      { accessed: 5, modified: 3 },
      { accessed: 5, modified: 3 },
    ],
    [
      'nothing where a clock is a little ahead',
      { accessed: NOW + DAY, modified: 3 },
      { accessed: NOW + DAY, modified: 3 },
    ],
    [
      'the modification where it was read in the future',
      { accessed: NOW + 2 * DAY, modified: 3 },
      { accessed: 3, modified: 3 },
    ],
    [
      'the access where it was modified in the future',
      { accessed: 5, modified: NOW + 400 * DAY },
      { accessed: 5, modified: 5 },
    ],
    [
      'a little more than a day ago where both are in the future',
      { accessed: NOW + 2 * DAY, modified: NOW + 3 * DAY },
      { accessed: NOW - 26 * 3_600_000, modified: NOW - 26 * 3_600_000 },
    ],
  ])('of a wrong clock remains %s', (_, times, expected) => {
    expect(withoutFuture(entry('x', times), NOW)).toMatchObject(expected)
  })

  test.each([
    ['read last', { accessed: 5, modified: 3 }, 5],
    ['never read, or times of access are off', { accessed: 3, modified: 5 }, 5],
  ])('last use of an entry that was %s', (_, times, expected) => {
    expect(lastUse(entry('x', times))).toBe(expected)
  })
})
