import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Loss,
  isLost,
  isTelling,
  lossKey,
  parseLosses,
  withLosses,
} from '../../../../src/shared-cache/build-records/core/losses'

const sample = (files: number) => ({
  cache: 'npm',
  files: Array.from({ length: files }, (_, at) => String(at)),
})
const MINUTE = 60_000

test.each([
  [24, 24, true],
  [24, 12, true],
  [24, 11, false],
  [24, 0, false],
  [8, 4, true],
  [7, 7, false],
  [0, 0, false],
])('of %i noted files %i are gone: the cache is lost: %s', (files, gone, lost) =>
  expect(isLost(sample(files), gone)).toBe(lost),
)

test.each([
  ['no prune and no other build', 0, false, true],
  ['another app builds', 0, true, false],
  ['a prune began during the build', 101 * MINUTE, false, false],
  ['a prune began at the same time', 100 * MINUTE, false, false],
  ['a prune began half an hour before', 70 * MINUTE, false, false],
  ['a prune began longer before', 70 * MINUTE - 1, false, true],
])('%s: it says something about a build that began after 100 minutes', (_, pruned, others, says) =>
  expect(isTelling(100 * MINUTE, pruned, others)).toBe(says),
)

describe('the steps that had a lost cache', () => {
  const suspects = [
    { step: 'line 2', key: 'a', caches: ['npm', 'pip'] },
    { step: 'line 3', key: 'b', caches: ['npm'] },
    { step: 'line 4', key: 'c', caches: ['uv'] },
  ]
  const loss = (cache: string, step: string, key: string): Loss => ({ cache, step, key, since: 5 })
  test('are recorded', () =>
    expect(withLosses([], ['npm'], suspects, 5)).toEqual([
      loss('npm', 'line 2', 'a'),
      loss('npm', 'line 3', 'b'),
    ]))
  test('are recorded once, at any line', () => {
    const known = [{ ...loss('npm', 'line 9', 'a'), since: 1 }]
    expect(withLosses(known, ['npm'], suspects, 5)).toEqual([...known, loss('npm', 'line 3', 'b')])
  })
  test('are not all steps', () => expect(withLosses([], ['cargo'], suspects, 5)).toEqual([]))
  test('differ by cache and text', () =>
    expect(new Set(withLosses([], ['npm', 'pip', 'uv'], suspects, 5).map(lossKey)).size).toBe(4))
  test('survive the property', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ cache: fc.string(), step: fc.string(), key: fc.string(), since: fc.nat() }),
        ),
        (losses) => {
          expect(parseLosses(JSON.stringify(losses))).toEqual(losses)
        },
      ),
    ))
  test.each(['', '{', 'null', '{}', '[null]', '[{"cache":"npm"}]', '[1]'])(
    'a property %j has none',
    (text) => expect(parseLosses(text)).toEqual([]),
  )
})
