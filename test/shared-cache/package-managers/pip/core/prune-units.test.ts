import { describe, expect, test } from 'vitest'
import { pipUnits } from '../../../../../src/shared-cache/package-managers/pip/core/prune-units'
import { orderSteps } from '../../../../../src/shared-cache/package-managers/core/steps'
import type { Entry } from '../../../../../src/foundation/core/entry'
import { collectUnits, DAY, directory, entry, NOW } from '../../../../support/entries'

const HASH = `83f466${'5a'.repeat(25)}`
const HEAD = `http-v2/8/3/f/4/6/${HASH}`
const ID = 'http-v2/83f4665a5a5a5'
const LEAF = `wheels/83/f4/66/${'5a'.repeat(25)}`

const unitsOf = (entries: readonly Entry[]) =>
  collectUnits((loose) => pipUnits(NOW, loose), entries)

describe('units of pip', () => {
  test('a download is its header and its body, with the age of the last read', () => {
    const units = unitsOf([
      entry(HEAD, { bytes: 4096 }),
      entry(`${HEAD}.body`, { bytes: 40_960, accessed: NOW - 3 * DAY }),
    ])
    expect(units).toMatchObject([{ id: ID, bytes: 45_056, lastUsed: NOW - 3 * DAY, inUse: false }])
  })

  test('the header is removed before the body, then empty directories', () => {
    const units = unitsOf([entry(`${HEAD}.body`), entry(HEAD)])
    expect(orderSteps(units).map(({ step }) => `${step.action} ${step.path}`)).toEqual([
      `unlink ${HEAD}`,
      `unlink ${HEAD}.body`,
      'tidy http-v2/8/3/f/4/6',
      'tidy http-v2/8/3/f/4',
      'tidy http-v2/8/3/f',
      'tidy http-v2/8/3',
      'tidy http-v2/8',
    ])
  })

  test.each([
    ['a body without its head', [`${HEAD}.body`]],
    ['a download of the older form', [`http/8/3/f/4/6/${HASH}`]],
    ['a download of one system', [`debian-12-x86_64/${HEAD}`]],
    ['what a killed run left', [`${HEAD}.bodyk2x1.tmp`]],
  ])('%s is a unit', (_, paths) =>
    expect(unitsOf(paths.map((path) => entry(path)))).toHaveLength(1),
  )

  test('a download is in use while it is written', () => {
    const units = unitsOf([entry(HEAD), entry(`${HEAD}.bodyk2x1.tmp`, { modified: NOW - 1000 })])
    expect(units).toMatchObject([{ id: ID, inUse: true }])
  })

  test('a built wheel is removed with its directory', () => {
    const units = unitsOf([
      directory(LEAF),
      entry(`${LEAF}/docopt-0.6.2-py2.py3-none-any.whl`, { bytes: 20_480 }),
      entry(`${LEAF}/origin.json`),
    ])
    expect(units).toMatchObject([
      { id: LEAF, label: 'docopt-0.6.2-py2.py3-none-any.whl', bytes: 28_672, inUse: false },
    ])
    expect(orderSteps(units).map(({ step }) => step.action)).toEqual(['trash'])
  })

  test.each([[[]], [[entry(`${LEAF}/origin.json`)]]])(
    'a directory without a wheel is not a unit: a build may be about to write to it',
    (inside) => expect(unitsOf([directory(LEAF), ...inside])).toEqual([]),
  )

  test('a wheel that may have been looked up within the hour is in use', () => {
    const at = (accessed: number) =>
      unitsOf([directory(LEAF), entry(`${LEAF}/a.whl`, { accessed })])[0]?.inUse
    expect(at(NOW - 24 * 3_600_000)).toBe(true)
    expect(at(NOW - 26 * 3_600_000)).toBe(false)
  })

  test.each([
    ['selfcheck/0123'],
    ['http-v2/8/3/f/4/6/short'],
    [`http-v2/8/3/f/4/${HASH}`],
    [`a/b/${HEAD}`],
    [`../${HEAD}`],
    [`${HEAD}.other`],
    ['wheels/83/f4/66/file'],
  ])('%j is not a unit', (path) => expect(unitsOf([entry(path)])).toEqual([]))
})
