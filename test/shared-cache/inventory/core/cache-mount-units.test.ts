import { describe, expect, test } from 'vitest'
import { mountKey } from '../../../../src/shared-cache/catalogue/core/cache-mounts'
import type { KnownMount } from '../../../../src/shared-cache/devices/core/known-cache-mounts'
import { mountUnits } from '../../../../src/shared-cache/inventory/core/cache-mount-units'
import type { Entry } from '../../../../src/foundation/core/entry'
import { DAY, directory, entry, NOW } from '../../../support/entries'

const HOUR = DAY / 24
const OLD = { modified: NOW - 200 * DAY, accessed: NOW - 100 * DAY }

/** A mount that a build got this many hours ago. */
const known = (hours: number, over: Partial<KnownMount> = {}): KnownMount => ({
  ...{ id: '/gradle', uid: '', gid: '', mode: '', target: '/x', app: 'api' },
  used: NOW / HOUR - hours,
  ...over,
})
const KEY = mountKey(known(0))

function unitsOf(entries: readonly Entry[], mounts: readonly KnownMount[] = []) {
  const maker = mountUnits(NOW, mounts)
  for (const each of entries) maker.add(each)
  return maker.units()
}
const one = (top: Partial<Entry>, file: Partial<Entry> | null, mounts?: readonly KnownMount[]) => {
  const files = file ? [entry(`${KEY}/a`, { ...OLD, ...file })] : []
  return unitsOf([directory(KEY, top), ...files], mounts)[0]
}

describe('a cache mount in shared storage', () => {
  test('is one unit with all its content', () => {
    const all = [directory(KEY, OLD), entry(`${KEY}/a`), entry(`${KEY}/b/c`)]
    expect(unitsOf(all, [known(1000)])).toEqual([
      {
        ...{ id: KEY, cache: 'cache-mounts', label: 'gradle at /x', bytes: 3 * 4096 },
        ...{ lastUsed: NOW - 1000 * HOUR, inUse: false, needs: [], phases: [] },
      },
    ])
  })

  test.each([`${KEY}0`, KEY.slice(1), `x${KEY}`, `.trash-1-2`, `sub/${KEY}`])(
    'is not the directory %s',
    (path) => expect(unitsOf([directory(path), entry(`${path}/a`)])).toEqual([]),
  )

  test.each<[string, Partial<Entry>, Partial<Entry> | null, KnownMount[], number]>([
    ['read', OLD, { accessed: NOW - 9 * DAY }, [], NOW - 9 * DAY],
    ['given to a build since', OLD, {}, [known(48)], NOW - 48 * HOUR],
    ['given to a build before', OLD, {}, [known(3000)], NOW - 100 * DAY],
    ['given to several builds', OLD, {}, [known(70), known(48), known(60)], NOW - 48 * HOUR],
    ['made, where it is empty', { modified: NOW - 9 * DAY }, null, [], NOW - 9 * DAY],
    [
      'read, not when it was given as another',
      OLD,
      {},
      [known(2, { uid: '1000' })],
      NOW - 100 * DAY,
    ],
  ])('was last used when it was %s', (_, top, file, mounts, expected) =>
    expect(one(top, file, mounts)?.lastUsed).toBe(expected),
  )

  test.each<[string, Partial<Entry>, Partial<Entry> | null, KnownMount[], boolean]>([
    ['read within the day', OLD, { accessed: NOW - DAY }, [], true],
    ['read 25 hours ago', OLD, { accessed: NOW - 25 * HOUR }, [], false],
    ['given to a build within the day', OLD, {}, [known(24)], true],
    ['given to a build 25 hours ago', OLD, {}, [known(25)], false],
    ['given to a build lately and to one long ago', OLD, {}, [known(500), known(1)], true],
    ['empty and new', { modified: NOW - DAY }, null, [], true],
    ['empty and old', { modified: NOW - 2 * DAY }, null, [], false],
    ['of another owner', OLD, {}, [known(1, { uid: '1000' })], false],
  ])('may be in use: one %s', (_, top, file, mounts, expected) =>
    expect(one(top, file, mounts)?.inUse).toBe(expected),
  )
})
