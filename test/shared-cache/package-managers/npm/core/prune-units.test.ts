import { describe, expect, test } from 'vitest'
import { npmUnits } from '../../../../../src/shared-cache/package-managers/npm/core/prune-units'
import { orderSteps } from '../../../../../src/shared-cache/package-managers/core/steps'
import type { Entry } from '../../../../../src/foundation/core/entry'
import { collectUnits, DAY, directory, entry, NOW } from '../../../../support/entries'

const BLOB = `_cacache/content-v2/sha512/b1/34/${'9f'.repeat(62)}`
const ID = '_cacache/content-v2/sha512/b1349f9f9f9f9'
const BUCKET = `_cacache/index-v5/fb/84/${'7a'.repeat(30)}`

const unitsOf = (entries: readonly Entry[]) =>
  collectUnits((loose) => npmUnits(NOW, loose), entries)

describe('units of npm', () => {
  test('a blob of content, with the age of its last read', () => {
    expect(unitsOf([entry(BLOB)])).toMatchObject([
      { id: ID, label: 'content', bytes: 4096, lastUsed: NOW - 100 * DAY, inUse: false, needs: [] },
    ])
  })

  test('blobs are removed before index entries', () => {
    const steps = orderSteps(unitsOf([entry(BUCKET), entry(BLOB)])).map(({ step }) => step)
    expect(steps.map(({ path }) => path)).toEqual([BLOB, BUCKET])
    expect(steps.every(({ action }) => action === 'unlink')).toBe(true)
  })

  test.each([
    ['_logs/2026-11-21T13_04_57_347Z-debug-0.log'],
    ['_npx/0123456789abcdef/package.json'],
    ['_update-notifier-last-checked'],
    ['CACHEDIR.TAG'],
    ['.trash-1-2/0/_cacache/content-v2/sha512/b1/34/9f'],
    ['_cacache/content-v2/sha512/b1/34/../../x'],
    ['_cacache/content-v2/sha512/b1/34/9f\n'],
    ['_cacache/index-v5/fb/84/7a/deeper'],
  ])('%j is not a unit', (path) => expect(unitsOf([entry(path)])).toEqual([]))

  test.each<Entry['type']>(['directory', 'link', 'other'])(
    'a %s instead of a blob is not a unit',
    (type) => expect(unitsOf([entry(BLOB, { type })])).toEqual([]),
  )

  test('leftovers of a killed install are removed once no install can be using them', () => {
    const units = unitsOf([
      directory('_cacache/tmp'),
      directory('_cacache/tmp/1a2b3c'),
      entry('_cacache/tmp/1a2b3c/package.tgz'),
      entry('_cacache/tmp/fresh', { modified: NOW - DAY, accessed: NOW - DAY }),
    ])
    expect(units.map(({ id, bytes, inUse }) => [id, bytes, inUse])).toEqual([
      ['_cacache/tmp/fresh', 4096, true],
      ['_cacache/tmp/1a2b3c', 8192, false],
    ])
  })
})
