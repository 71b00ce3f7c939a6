import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identityOf, lastUse, parseEntry } from '../../../src/foundation/core/entry'
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

  test.each([
    ['read last', { accessed: 5, modified: 3 }, 5],
    ['never read, or times of access are off', { accessed: 3, modified: 5 }, 5],
  ])('last use of an entry that was %s', (_, times, expected) => {
    expect(lastUse(entry('x', times))).toBe(expected)
  })
})
