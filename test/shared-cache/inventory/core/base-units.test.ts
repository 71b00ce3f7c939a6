import { describe, expect, test } from 'vitest'
import {
  type BaseDirectory,
  baseLabel,
} from '../../../../src/shared-cache/devices/core/base-directories'
import { withStaleBases } from '../../../../src/shared-cache/inventory/core/base-units'
import { npmUnits } from '../../../../src/shared-cache/package-managers/npm/core/prune-units'
import type { Entry } from '../../../../src/foundation/core/entry'
import { DAY, directory, entry, NOW } from '../../../support/entries'

const HOUR = DAY / 24
const stale = (directory: string): BaseDirectory => ({ directory, base: null, isStale: true })
const STALE = new Map([
  ['base-a', stale('base-a')],
  ['base-b', stale('base-b')],
])
const OLD = { modified: NOW - 200 * DAY, accessed: NOW - 100 * DAY }

/** Units of an npm cache with two stale directories of base images. */
function unitsOf(entries: readonly Entry[], mounted = '') {
  const inside = npmUnits(NOW, () => undefined)
  const maker = withStaleBases(inside, 'npm', STALE, NOW, (room) => room === mounted)
  for (const each of entries) maker.add(each)
  return maker.units()
}

describe('the directory of a base image that no build uses any more', () => {
  test('is one unit with all its content, and is removed with any limits', () => {
    const all = [directory('base-a', OLD), entry('base-a/x'), entry('base-a/y/z')]
    expect(unitsOf(all)).toEqual([
      {
        ...{ id: 'base-a', cache: 'npm', bytes: 3 * 4096, lastUsed: NOW - 100 * DAY },
        label: baseLabel(stale('base-a'), NOW - 100 * DAY),
        ...{ inUse: false, isStale: true, needs: [], phases: [] },
      },
    ])
  })

  test('excludes other content, which has separate units behind it', () => {
    const all = [entry('_cacache/tmp/x'), directory('base-b'), entry('base-b/_cacache/tmp/y')]
    expect(unitsOf(all).map(({ id }) => id)).toEqual(['base-b', '_cacache/tmp/x'])
  })

  test('is not a directory that builds use, or whose name only starts with its name', () =>
    expect(unitsOf([directory('base-c'), directory('base-aa'), entry('base-aa/x')])).toEqual([]))

  test.each<[string, Partial<Entry>, Partial<Entry> | null, string, boolean]>([
    ['read within the day', OLD, { accessed: NOW - DAY }, '', true],
    ['written within the day', OLD, { modified: NOW - DAY }, '', true],
    ['read 25 hours ago', OLD, { accessed: NOW - 25 * HOUR }, '', false],
    ['into which something came within the day', { modified: NOW - DAY }, {}, '', true],
    ['that is empty and new', { modified: NOW - DAY }, null, '', true],
    ['that is empty and old', { modified: NOW - 25 * HOUR }, null, '', false],
    ['that a container mounts', OLD, {}, 'base-a', true],
    ['beside one that a container mounts', OLD, {}, 'base-b', false],
  ])('in use: one %s', (_, top, file, mounted, expected) => {
    const files = file ? [entry('base-a/x', { ...OLD, ...file })] : []
    expect(unitsOf([directory('base-a', top), ...files], mounted)[0]?.inUse).toBe(expected)
  })

  test('without files was used when its content last changed', () =>
    expect(unitsOf([directory('base-a', { modified: NOW - 9 * DAY })])[0]?.lastUsed).toBe(
      NOW - 9 * DAY,
    ))
})
