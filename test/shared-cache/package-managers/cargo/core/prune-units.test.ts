import { describe, expect, test } from 'vitest'
import { cargoUnits } from '../../../../../src/shared-cache/package-managers/cargo/core/prune-units'
import { orderSteps } from '../../../../../src/shared-cache/package-managers/core/steps'
import type { Entry } from '../../../../../src/foundation/core/entry'
import { DAY, directory, entry, NOW } from '../../../../support/entries'

function unitsOf(entries: readonly Entry[]) {
  const maker = cargoUnits(NOW)
  for (const each of entries) maker.add(each)
  return maker.units()
}

const INDEX = 'index.example-1949cf8c6b5b557f'
const SOURCE = `registry/src/${INDEX}/itoa-1.0.9`
const CRATE = `registry/cache/${INDEX}/itoa-1.0.9.crate`

describe('units of cargo', () => {
  test('a crate is its source and the file it was unpacked from; the source is removed first', () => {
    const units = unitsOf([
      entry(CRATE),
      directory(SOURCE),
      entry(`${SOURCE}/.cargo-ok`, { accessed: NOW - 5 * DAY }),
    ])
    expect(units).toMatchObject([
      { label: 'itoa-1.0.9', bytes: 3 * 4096, lastUsed: NOW - 5 * DAY, inUse: false, needs: [] },
    ])
    expect(orderSteps(units).map(({ step }) => `${step.action} ${step.path}`)).toEqual([
      `trash ${SOURCE}`,
      `unlink ${CRATE}`,
    ])
  })

  test.each([
    ['a source', [directory(SOURCE), entry(`${SOURCE}/.cargo-ok`)]],
    ['a .crate', [entry(CRATE)]],
  ])('%s alone is a unit', (_, entries) => expect(unitsOf(entries)).toHaveLength(1))

  test('a source that may have been read within the hour is in use', () => {
    const read = entry(`${SOURCE}/src/lib.rs`, { accessed: NOW - DAY })
    expect(unitsOf([directory(SOURCE), read])[0]?.inUse).toBe(true)
  })

  test('a checkout needs its repository', () => {
    const units = unitsOf([
      directory('git/db/dep-1a2b'),
      entry('git/db/dep-1a2b/HEAD'),
      directory('git/checkouts/dep-1a2b/0123abc'),
      entry('git/checkouts/dep-1a2b/0123abc/.cargo-ok'),
      directory('git/checkouts/other-3c4d/0123abc'),
    ])
    expect(units.map(({ id, needs }) => [id, needs])).toEqual([
      ['git/db/dep-1a2b', []],
      ['git/checkouts/dep-1a2b/0123abc', ['git/db/dep-1a2b']],
      ['git/checkouts/other-3c4d/0123abc', []],
    ])
  })

  test.each([
    '.package-cache',
    'registry/CACHEDIR.TAG',
    `registry/index/${INDEX}/.cache/it/oa/itoa`,
    `registry/cache/${INDEX}/itoa-1.0.9.crate.part`,
    `${SOURCE}/../x.crate`,
  ])('%s is not a unit', (path) => expect(unitsOf([entry(path)])).toEqual([]))
})
