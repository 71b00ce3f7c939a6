import { describe, expect, test } from 'vitest'
import { aptUnits } from '../../../../../src/shared-cache/package-managers/apt/core/prune-units'
import type { Entry } from '../../../../../src/foundation/core/entry'
import { DAY, directory, entry, NOW } from '../../../../support/entries'

const HASH = '8376d2db8b33f5433e3e244aa39ad35d4da98beef1a5a06dc3be1e420f44e9ec'
const SYSTEM = 'debian-12-amd64-glibc'

function unitsOf(entries: readonly Entry[]) {
  const maker = aptUnits(NOW)
  for (const each of entries) maker.add(each)
  return maker.units()
}

describe('units of apt', () => {
  test('a download, aged by its last use', () =>
    expect(unitsOf([directory(SYSTEM), entry(`${SYSTEM}/${HASH}`)])).toMatchObject([
      {
        id: `${SYSTEM}/${HASH}`,
        cache: 'apt',
        label: 'download 8376d2db8b33',
        bytes: 4096,
        lastUsed: NOW - 100 * DAY,
        inUse: false,
        phases: [[{ action: 'unlink', path: `${SYSTEM}/${HASH}` }]],
      },
    ]))

  test('of each system and base image, and of none', () =>
    expect(
      unitsOf([entry(HASH), entry(`${SYSTEM}/${HASH}`), entry(`base-0123456789abcdef/${HASH}`)]),
    ).toHaveLength(3))

  test.each([
    [`${SYSTEM}/a/${HASH}`],
    [`${HASH}.deb`],
    [`${HASH}\n`],
    [HASH.toUpperCase()],
    [HASH.slice(1)],
    [`../${HASH}`],
    [`.trash-1-2/${HASH}`],
    ['CACHEDIR.TAG'],
    ['.part-'],
  ])('%j is none', (path) => expect(unitsOf([entry(path)])).toEqual([]))

  test.each<Entry['type']>(['directory', 'link', 'other'])('a %s of that name is none', (type) =>
    expect(unitsOf([entry(HASH, { type })])).toEqual([]),
  )

  test('what a killed build left goes, once it is too old for one that runs', () => {
    const fresh = { modified: NOW - DAY, accessed: NOW - DAY }
    const units = unitsOf([
      entry(`${SYSTEM}/.part-A1b2C3d4E5`),
      entry(`${SYSTEM}/.part-Fresh00000`, fresh),
    ])
    expect(units.map(({ inUse }) => inUse)).toEqual([false, true])
  })
})
