import { describe, expect, test } from 'vitest'
import { sccacheUnits } from '../../../../../src/shared-cache/package-managers/sccache/core/prune-units'
import type { Entry } from '../../../../../src/foundation/core/entry'
import { DAY, directory, entry, NOW } from '../../../../support/entries'

const HASH = '8376d2db8b33f5433e3e244aa39ad35d4da98beef1a5a06dc3be1e420f44e9ec'
const CRATE = `0/8/3/${HASH}`

function unitsOf(entries: readonly Entry[]) {
  const maker = sccacheUnits(NOW)
  for (const each of entries) maker.add(each)
  return maker.units()
}

describe('units of sccache', () => {
  test('a compiled crate, with the age of its last use', () => {
    expect(unitsOf([directory('0'), directory('0/8'), entry(CRATE)])).toMatchObject([
      {
        id: CRATE,
        cache: 'sccache',
        label: 'crate 8376d2db8b33',
        bytes: 4096,
        lastUsed: NOW - 100 * DAY,
        inUse: false,
        phases: [[{ action: 'unlink', path: CRATE }]],
      },
    ])
  })

  test('those of every user', () =>
    expect(unitsOf([entry(CRATE), entry(`1000/8/3/${HASH}`)])).toHaveLength(2))

  test.each([
    [`8/3/${HASH}`],
    [`app/8/3/${HASH}`],
    [`0/8/3/${HASH}/deeper`],
    [`0/8/3/${HASH}\n`],
    [`0/83/${HASH}`],
    ['0/8/3/../../x'],
    ['CACHEDIR.TAG'],
    [`.trash-1-2/0/${CRATE}`],
  ])('%j is not a unit', (path) => expect(unitsOf([entry(path)])).toEqual([]))

  test.each<Entry['type']>(['directory', 'link', 'other'])(
    'a %s instead of a crate is not a unit',
    (type) => expect(unitsOf([entry(CRATE, { type })])).toEqual([]),
  )

  test('leftovers of a killed build are removed once no build can be using them', () => {
    const fresh = { modified: NOW - DAY, accessed: NOW - DAY }
    const units = unitsOf([entry('0/.sccachetmpA1b2C3'), entry('0/.sccachetmpFresh', fresh)])
    expect(units.map(({ inUse }) => inUse)).toEqual([false, true])
  })
})
