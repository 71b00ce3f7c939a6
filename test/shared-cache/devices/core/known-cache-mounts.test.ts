import { describe, expect, test } from 'vitest'
import {
  formatMounts,
  isInUse,
  isNoted,
  mountLabel,
  parseMounts,
  withMounts,
  withoutKeys,
} from '../../../../src/shared-cache/devices/core/known-cache-mounts'
import {
  type SharedMount,
  mountArgument,
  mountDevice,
  mountKey,
  readMountArgument,
} from '../../../../src/shared-cache/catalogue/core/cache-mounts'

const HOUR = 3_600_000
const NOW = 1000 * HOUR
const mount = (id: string, target = '/x'): SharedMount => ({
  id,
  uid: '',
  gid: '',
  mode: '',
  target,
})
const many = (count: number, name = 'm') =>
  Array.from({ length: count }, (_, index) => mount(`/${name}${index}`))

describe('the record of cache mounts', () => {
  const known = withMounts([], [mount('/a'), mount('/b')], 'app', NOW) ?? []

  test('is parsed as it was written', () => expect(parseMounts(formatMounts(known))).toEqual(known))
  test('has the last app that used it, and the time', () =>
    expect(known[0]).toMatchObject({ id: '/a', app: 'app', used: 1000 }))
  test('is up to date within the hour, for this app', () => {
    expect(isNoted(known, [mount('/a')], 'app', NOW + HOUR / 2)).toBe(true)
    expect(isNoted(known, [mount('/a')], 'app', NOW + HOUR)).toBe(false)
    expect(isNoted(known, [mount('/a')], 'other', NOW)).toBe(false)
    expect(isNoted(known, [mount('/c')], 'app', NOW)).toBe(false)
  })
  test('may be in use for 25 hours', () => {
    const uses = [0, 24, 25].map((hours) => known[0] && isInUse(known[0], NOW + hours * HOUR))
    expect(uses).toEqual([true, true, false])
  })
  test('has at most 32 of one app, and drops the oldest', () => {
    const first = withMounts([], many(32), 'app', NOW) ?? []
    const then = withMounts(first, [mount('/new')], 'app', NOW) ?? []
    expect([then.length, then[0]?.id, then.at(-1)?.id]).toEqual([32, '/m1', '/new'])
  })
  test('drops those of others when idle, and never while they may be in use', () => {
    const all = Array.from({ length: 12 }, (_, app) => app).reduce(
      (known, app) => withMounts(known, many(31, `a${app}-`), `app${app}`, NOW) ?? [],
      withMounts([], [], 'app', NOW) ?? [],
    )
    expect(withMounts(all, many(31), 'late', NOW)).toBeNull()
    expect(withMounts(all, many(31), 'late', NOW + 25 * HOUR)?.length).toBe(400)
  })
  test('drops what was pruned', () =>
    expect(withoutKeys(known, new Set([mountKey(mount('/a'))])).map(({ id }) => id)).toEqual([
      '/b',
    ]))
  test.each([
    '',
    '{',
    '{}',
    '[1]',
    '[{"id":1}]',
    '[{"id":"a","uid":"","gid":"","mode":"","target":"/etc","app":"a","used":1}]',
  ])('is empty for %s', (text) => expect(parseMounts(text)).toEqual([]))
  test('has a name for people', () => {
    expect(
      mountLabel([mount('//app/target', '/app/target')], mountKey(mount('//app/target'))),
    ).toBe('/app/target')
    expect(mountLabel([mount('/gradle'), mount('/gradle', '/y')], mountKey(mount('/gradle')))).toBe(
      'gradle at /x, /y',
    )
    expect(mountLabel([], '0123456789abcdef')).toContain('0123456789abcdef')
  })
})

describe('the argument of the root helper for a mount', () => {
  test.each<[Partial<SharedMount>, object]>([
    [{}, { uid: 0, gid: 0, mode: 0o755, target: '/x' }],
    [{ uid: '1000' }, { uid: 1000, gid: 0, mode: 0o755 }],
    [
      { gid: '50', mode: '0777' },
      { uid: 0, gid: 50, mode: 0o777 },
    ],
    [{ target: '/a:b' }, { target: '/a:b' }],
  ])('%j', (change, expected) => {
    const one = { ...mount('/a'), ...change }
    expect(readMountArgument(mountArgument(one))).toMatchObject({
      ...expected,
      key: mountKey(one),
      device: mountDevice(one),
    })
  })
  test.each([
    '',
    '../x:0:0:755:/x',
    '0123456789abcdef:0:0:755:',
    '0123456789abcdef:0:0:755:x',
    '0123456789abcdef:0:0:755:/etc',
    '0123456789abcdef:0:0:755:/a/../etc',
    '0123456789abcdef:0:0:755:/a\n/b',
    '0123456789abcdef:-1:0:755:/x',
    '0123456789abcdef:0:0:99:/x',
    '0123456789ABCDEF:0:0:755:/x',
  ])('%j is rejected', (text) => expect(readMountArgument(text)).toBeUndefined())
})
