import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addTallies,
  NOTHING,
  removal,
  type Tally,
} from '../../../../src/shared-cache/package-managers/core/task'
import { directory, entry } from '../../../support/entries'

const one: Tally = { proven: 1, unprovable: 2, damaged: 3, busy: 4, unread: 5, bytes: 6 }
const other: Tally = { proven: 10, unprovable: 20, damaged: 30, busy: 40, unread: 50, bytes: 60 }

describe('the tally of a check', () => {
  test('adds up each number', () =>
    expect(addTallies(one, other)).toEqual({
      ...{ proven: 11, unprovable: 22, damaged: 33, busy: 44, unread: 55, bytes: 66 },
    }))
  test('is zero at first, and does not depend on the order', () => {
    expect(Object.values(NOTHING)).toEqual([0, 0, 0, 0, 0, 0])
    const number = fc.nat()
    const tally = fc.record({
      ...{ proven: number, unprovable: number, damaged: number },
      ...{ busy: number, unread: number, bytes: number },
    })
    fc.assert(
      fc.property(tally, tally, (a, b) => {
        expect(addTallies(a, NOTHING)).toEqual(a)
        expect(addTallies(a, b)).toEqual(addTallies(b, a))
      }),
    )
  })
})

test('a file is unlinked, a directory is removed as a whole, and only if unchanged', () => {
  const file = entry('a/b')
  expect(removal(file)).toEqual({ action: 'unlink', path: 'a/b', identity: file.identity })
  expect(removal(entry('l', { type: 'link' }))).toMatchObject({ action: 'unlink', path: 'l' })
  const whole = directory('a')
  expect(removal(whole)).toEqual({ action: 'trash', path: 'a', identity: whole.identity })
})
