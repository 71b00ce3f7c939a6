import { describe, expect, test } from 'vitest'
import {
  directoryFor,
  findBase,
  formatBases,
  type KnownBase,
  parseBases,
  withBases,
  withSeen,
} from '../../../../src/shared-cache/devices/core/bases'
import { cacheNamed } from '../../../../src/shared-cache/catalogue/core/catalogue'
import { baseKey, deviceName, makeSpec } from '../../../../src/shared-cache/devices/core/cdi'

const SYSTEM = 'debian-12-amd64-glibc'
const base = (over: Partial<KnownBase> = {}): KnownBase => ({
  ...{ reference: 'debian:12', platform: '', system: '', plain: false },
  ...over,
})
const arm = { reference: 'debian:12', platform: 'linux/arm64' }

describe('the record of bases', () => {
  test.each<[string, Partial<KnownBase>]>([
    ['one that nobody has seen', {}],
    ['one whose system is known', { system: SYSTEM }],
    ['one without browsers of its own', { system: SYSTEM, plain: true }],
    ['one that was looked at', { system: SYSTEM, looked: 5 }],
    ['one for which that failed', { tried: 7 }],
    ['one of a platform', { platform: 'linux/arm64' }],
  ])('%s is parsed as it was written', (_, over) =>
    expect(parseBases(formatBases([base(over)]))).toEqual([base(over)]),
  )
  test('is short: empty fields are left out', () =>
    expect(formatBases([base({ looked: 0, tried: 0 })])).toBe(
      '[{"reference":"debian:12","platform":"","system":""}]',
    ))
  test.each<[string, object]>([
    ['reference', { reference: 1 }],
    ['platform', { platform: null }],
    ['plain', { plain: 'yes' }],
    ['looked', { looked: '5' }],
    ['tried', { tried: null }],
    ['system', { system: 5 }],
    ['system', { system: 'a/b' }],
  ])('skips one with an invalid %s, and keeps the others', (_, over) =>
    expect(parseBases(JSON.stringify([{ ...base(), ...over }, base(), null, 5]))).toEqual([base()]),
  )
  test('is parsed without the field for browsers', () => {
    const older = { ...base(), plain: undefined }
    expect(parseBases(JSON.stringify([older]))).toEqual([base()])
  })
  test('is empty if there is none', () => expect(parseBases(undefined)).toEqual([]))
})

describe('a base', () => {
  const known = [base(), base(arm)]
  test('of another platform is another base', () => {
    expect(withBases([base()], [arm])).toEqual([base(), base(arm)])
    expect(findBase(known, arm)).toEqual(base(arm))
    expect(findBase(known, { ...arm, reference: 'debian:13' })).toBeUndefined()
  })
  test('is not new if it is added again', () => expect(withBases(known, [arm])).toEqual(known))

  test.each<[string, Partial<KnownBase>, boolean | null, boolean]>([
    ['says it itself', {}, true, true],
    ['says the opposite itself', { system: SYSTEM, plain: true }, false, false],
    ['does not say, and is of the same system', { system: SYSTEM, plain: true }, null, true],
    ['does not say, and is of another system', { system: 'other', plain: true }, null, false],
    ['does not say, and nobody knew', { system: SYSTEM }, null, false],
  ])('has no browsers of its own if its image %s', (_, over, plain, expected) => {
    const [seen, other] = withSeen([base(over), base(arm)], baseKey(base()), {
      ...{ system: SYSTEM, plain, looked: 5 },
    })
    expect(seen).toMatchObject({ system: SYSTEM, plain: expected, looked: 5 })
    expect(other).toEqual(base(arm))
  })

  test('has its own directory until its system is known', () => {
    expect(directoryFor(base()).directory).toBe(`base-${baseKey(base())}`)
    expect(directoryFor(base({ system: SYSTEM })).directory).toBe(SYSTEM)
    expect(directoryFor(base()).key).toBe(directoryFor(base({ system: SYSTEM })).key)
  })
})

describe('a device for browsers', () => {
  const playwright = cacheNamed('playwright')
  const parts = {
    caches: { '': [playwright], apart: [playwright] },
    bases: [directoryFor(base())],
    given: true,
  }
  test('exists only if its generation is known, which its name contains', () => {
    expect(makeSpec('/data', parts).devices).toEqual([])
    const { devices } = makeSpec('/data', { ...parts, generation: '0a1b' })
    expect(devices.map(({ name }) => name)).toEqual([`playwright-${baseKey(base())}-0a1b`])
    expect(deviceName(playwright, 'debian:12', '', { generation: '0a1b' })).toBe(devices[0]?.name)
    expect(deviceName(playwright, 'debian:12', '')).toBeNull()
    expect(deviceName(playwright, 'debian:12', '', { generation: '' })).toBeNull()
  })
  test('of a cache that no app needs has no generation in its name', () =>
    expect(deviceName(cacheNamed('npm'), null, '', { generation: '0a1b' })).toBe('npm'))
})

describe('the devices of a specification', () => {
  const names = (given: boolean) =>
    makeSpec('/data', {
      caches: { b: [cacheNamed('npm')], a: [cacheNamed('npm')], '': [cacheNamed('bun')] },
      bases: [],
      given,
    }).devices.map(({ containerEdits }) => containerEdits.mounts[0]?.hostPath)
  test('are in the order of their groups', () => {
    expect(names(true)).toEqual(['/data/bun', '/data/groups/a/npm', '/data/groups/b/npm'])
    expect(names(false)).toEqual(['/data/bun'])
  })
  test('of Go have one path for modules, and one for builds of each system', () => {
    const { devices } = makeSpec('/data', {
      caches: { '': [cacheNamed('go')] },
      bases: [directoryFor(base({ system: SYSTEM }))],
    })
    expect(devices[0]?.containerEdits.env).toEqual([
      'GOMODCACHE=/run/shared-cache/go/mod',
      `GOCACHE=/run/shared-cache/go/${SYSTEM}/build`,
    ])
  })
})
