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
  ])('%s is read as it was written', (_, over) =>
    expect(parseBases(formatBases([base(over)]))).toEqual([base(over)]),
  )
  test('is short: what says nothing is left out', () =>
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
  ])('passes over one whose %s is nonsense, and keeps the others', (_, over) =>
    expect(parseBases(JSON.stringify([{ ...base(), ...over }, base(), null, 5]))).toEqual([base()]),
  )
  test('of before there was anything to say of browsers is read', () => {
    const older = { ...base(), plain: undefined }
    expect(parseBases(JSON.stringify([older]))).toEqual([base()])
  })
  test('is none where there is none', () => expect(parseBases(undefined)).toEqual([]))
})

describe('a base', () => {
  const known = [base(), base(arm)]
  test('of another platform is another base', () => {
    expect(withBases([base()], [arm])).toEqual([base(), base(arm)])
    expect(findBase(known, arm)).toEqual(base(arm))
    expect(findBase(known, { ...arm, reference: 'debian:13' })).toBeUndefined()
  })
  test('that comes again is not new', () => expect(withBases(known, [arm])).toEqual(known))

  test.each<[string, Partial<KnownBase>, boolean | null, boolean]>([
    ['says it itself', {}, true, true],
    ['says the opposite itself', { system: SYSTEM, plain: true }, false, false],
    ['does not say, and is of the same system', { system: SYSTEM, plain: true }, null, true],
    ['does not say, and is of another system', { system: 'other', plain: true }, null, false],
    ['does not say, and nobody knew', { system: SYSTEM }, null, false],
  ])('has no browsers of its own where its image %s', (_, over, plain, expected) => {
    const [seen, other] = withSeen([base(over), base(arm)], baseKey(base()), {
      ...{ system: SYSTEM, plain, looked: 5 },
    })
    expect(seen).toMatchObject({ system: SYSTEM, plain: expected, looked: 5 })
    expect(other).toEqual(base(arm))
  })

  test('has a directory of its own until its system is known', () => {
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
  test('is there only where its generation is known, and is named by it', () => {
    expect(makeSpec('/data', parts).devices).toEqual([])
    const { devices } = makeSpec('/data', { ...parts, generation: '0a1b' })
    expect(devices.map(({ name }) => name)).toEqual([`playwright-${baseKey(base())}-0a1b`])
    expect(deviceName(playwright, 'debian:12', '', { generation: '0a1b' })).toBe(devices[0]?.name)
    expect(deviceName(playwright, 'debian:12', '')).toBeNull()
    expect(deviceName(playwright, 'debian:12', '', { generation: '' })).toBeNull()
  })
  test('of what no app needs is never named by a generation', () =>
    expect(deviceName(cacheNamed('npm'), null, '', { generation: '0a1b' })).toBe('npm'))
})

describe('the devices of a specification', () => {
  const names = (given: boolean) =>
    makeSpec('/data', {
      caches: { b: [cacheNamed('npm')], a: [cacheNamed('npm')], '': [cacheNamed('bun')] },
      bases: [],
      given,
    }).devices.map(({ containerEdits }) => containerEdits.mounts[0]?.hostPath)
  test('come in the order of their groups', () => {
    expect(names(true)).toEqual(['/data/bun', '/data/groups/a/npm', '/data/groups/b/npm'])
    expect(names(false)).toEqual(['/data/bun'])
  })
  test('of Go have one place for modules, and one of its system for builds', () => {
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
