import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatBases,
  parseBases,
  directoryFor,
  withBases,
  withSeen,
} from '../../../../src/shared-cache/devices/core/bases'
import { readMountArgument } from '../../../../src/shared-cache/catalogue/core/cache-mounts'
import { CATALOGUE, cacheNamed } from '../../../../src/shared-cache/catalogue/core/catalogue'
import {
  type CdiSpec,
  baseKey,
  checkSpec,
  deviceName,
  makeSpec,
} from '../../../../src/shared-cache/devices/core/cdi'

const ROOT = '/var/lib/dokku/data/shared'
const debian = { reference: 'debian:12', platform: '' }
const key = baseKey(debian)
const base = directoryFor({ ...debian, system: '', plain: false })

function deviceOf(cache: string, bases = [base]) {
  const { devices } = makeSpec(ROOT, { caches: { '': [cacheNamed(cache)] }, bases })
  return devices.map(({ name, containerEdits: { env, mounts } }) => ({
    name,
    env,
    mounts: mounts.map(({ hostPath, containerPath }) => `${hostPath}:${containerPath}`),
  }))
}

describe('a device', () => {
  test('of a cache that is the same everywhere is one for all', () =>
    expect(deviceOf('npm')).toEqual([
      {
        name: 'npm',
        env: [
          'NPM_CONFIG_CACHE=/run/shared-cache/npm',
          'NPM_CONFIG_LOGS_MAX=0',
          'NPM_CONFIG_UPDATE_NOTIFIER=false',
        ],
        mounts: [`${ROOT}/npm:/run/shared-cache/npm`],
      },
    ]))

  test('of built files is one for each base, in a separate directory', () =>
    expect(deviceOf('uv')).toEqual([
      {
        name: `uv-${key}`,
        env: [`UV_CACHE_DIR=/run/shared-cache/uv/base-${key}`, 'UV_LINK_MODE=copy'],
        mounts: [`${ROOT}/uv:/run/shared-cache/uv`],
      },
    ]))

  test('is mounted at both cargo directories, without setting the home', () => {
    const [device] = deviceOf('cargo')
    expect(device?.env).toEqual(['CARGO_CACHE_AUTO_CLEAN_FREQUENCY=never'])
    expect(device?.mounts).toContain(`${ROOT}/rust/registry:/usr/local/cargo/registry`)
    expect(device?.mounts).toContain(`${ROOT}/rust/.package-cache:/root/.cargo/.package-cache`)
    expect(device?.mounts).toHaveLength(8)
  })

  test('of compiled Rust also mounts its programs read-only', () => {
    const { devices } = makeSpec(ROOT, { caches: { '': [cacheNamed('sccache')] }, bases: [base] })
    expect(devices).toEqual([
      {
        name: 'sccache',
        containerEdits: {
          env: ['RUSTC_WRAPPER=/run/shared-cache/sccache-program/rustc-wrapper'],
          mounts: [
            {
              hostPath: `${ROOT}/sccache`,
              containerPath: '/run/shared-cache/sccache',
              options: ['rbind', 'rw'],
            },
            {
              hostPath: `${ROOT}/sccache-program`,
              containerPath: '/run/shared-cache/sccache-program',
              options: ['rbind', 'ro'],
            },
          ],
        },
      },
    ])
  })

  test('of apt has the configuration and the script read-only, and the cache of its system', () => {
    const known = withSeen(withBases([], [debian]), key, {
      system: 'debian-12-amd64-glibc',
      plain: null,
    })
    const { devices } = makeSpec(ROOT, {
      caches: { '': [cacheNamed('apt')] },
      bases: known.map(directoryFor),
    })
    expect(devices).toEqual([
      {
        name: `apt-${key}`,
        containerEdits: {
          env: [
            'APT_CONFIG=/run/shared-cache/apt-program/apt.conf',
            'SHARED_CACHE_APT=/run/shared-cache/apt/debian-12-amd64-glibc',
          ],
          mounts: [
            {
              hostPath: `${ROOT}/apt`,
              containerPath: '/run/shared-cache/apt',
              options: ['rbind', 'rw'],
            },
            {
              hostPath: `${ROOT}/apt-program`,
              containerPath: '/run/shared-cache/apt-program',
              options: ['rbind', 'ro'],
            },
          ],
        },
      },
    ])
  })

  test('keeps its name when its system is known, and changes its directory', () => {
    const known = withSeen(withBases([], [debian]), key, {
      system: 'debian-12-amd64-glibc',
      plain: null,
    })
    const [device] = deviceOf('pip', known.map(directoryFor))
    expect(device?.name).toBe(deviceName(cacheNamed('pip'), 'debian:12', ''))
    expect(device?.env).toEqual(['PIP_CACHE_DIR=/run/shared-cache/pip/debian-12-amd64-glibc'])
  })

  test('has another name for another base, and for another platform', () => {
    const pip = cacheNamed('pip')
    const names = [
      deviceName(pip, 'debian:12', ''),
      deviceName(pip, 'debian:13', ''),
      deviceName(pip, 'debian:12', 'linux/arm64'),
    ]
    expect(new Set(names).size).toBe(3)
    expect(deviceName(pip, null, '')).toBeNull()
    expect(deviceName(pip, null, '', { group: 'apart' })).toBeNull()
    expect(deviceName(cacheNamed('npm'), null, '')).toBe('npm')
  })
})

describe('a device of a group', () => {
  const caches = { '': [cacheNamed('npm')], apart: [cacheNamed('npm'), cacheNamed('pip')] }
  const parts = { caches, bases: [base] }

  test('has its own name and directories, at the same paths', () => {
    const { devices } = makeSpec(ROOT, { ...parts, given: true })
    const [npm, ofGroup, pip] = devices
    expect(devices.map(({ name }) => name)).toEqual([
      'npm',
      deviceName(cacheNamed('npm'), null, '', { group: 'apart' }),
      deviceName(cacheNamed('pip'), 'debian:12', '', { group: 'apart' }),
    ])
    expect(ofGroup?.containerEdits.env).toEqual(npm?.containerEdits.env)
    const hosts = [ofGroup, pip].map((device) => device?.containerEdits.mounts[0]?.hostPath)
    expect(hosts).toEqual([`${ROOT}/groups/apart/npm`, `${ROOT}/groups/apart/pip`])
  })

  test('exists only if devices are given to single builds', () =>
    expect(makeSpec(ROOT, parts).devices.map(({ name }) => name)).toEqual(['npm']))

  test('is not a device of another group', () => {
    const names = ['apart', 'other', 'a', ''].map((group) =>
      deviceName(cacheNamed('npm'), null, '', { group }),
    )
    expect(new Set(names).size).toBe(4)
  })

  test('also mounts the common programs', () => {
    const made = makeSpec(ROOT, {
      caches: { apart: [cacheNamed('sccache')] },
      bases: [],
      given: true,
    })
    const mounts = made.devices[0]?.containerEdits.mounts ?? []
    expect(mounts.map(({ hostPath }) => hostPath)).toEqual([
      `${ROOT}/groups/apart/sccache`,
      `${ROOT}/sccache-program`,
    ])
  })
})

describe('a specification', () => {
  const ALL = { '': CATALOGUE, apart: CATALOGUE, other: CATALOGUE }
  const text = fc.string({ maxLength: 30 })
  const bases = fc.array(fc.record({ reference: text, platform: text }), { maxLength: 5 })

  test('can be written with any names of bases, and does not depend on their order', () => {
    fc.assert(
      fc.property(bases, (list) => {
        const all = withBases([], list).map(directoryFor)
        const unique = all.filter(
          ({ key: one }, index) => all.findIndex((other) => other.key === one) === index,
        )
        const spec = makeSpec(ROOT, { caches: ALL, bases: unique, given: true })
        expect(spec.kind).toBe('dokku.com/shared-cache')
        const other = { caches: ALL, bases: [...unique].reverse(), given: true }
        expect(makeSpec(ROOT, other)).toEqual(spec)
      }),
    )
  })

  test('lets every build request devices if the Engine gives them to all, and none if to single builds', () => {
    const annotations = [false, true].map(
      (given) => makeSpec(ROOT, { caches: ALL, bases: [], given }).annotations,
    )
    expect(annotations).toEqual([{ 'org.mobyproject.buildkit.device.autoallow': 'true' }, {}])
  })

  test('has a device for each target of a cache mount, in the directory of its id', () => {
    const mounts = ['/x', '/y'].flatMap(
      (target) => readMountArgument(`0123456789abcdef:0:0:755:${target}`) ?? [],
    )
    const { devices } = makeSpec(ROOT, { caches: {}, bases: [], mounts })
    const places = devices.map(
      ({
        containerEdits: {
          env,
          mounts: [mount],
        },
      }) => [env, mount],
    )
    const bind = (containerPath: string) => ({
      ...{ hostPath: `${ROOT}/cache-mounts/0123456789abcdef`, containerPath },
      options: ['rbind', 'rw'],
    })
    expect(places).toHaveLength(2)
    expect(places).toEqual(
      expect.arrayContaining([
        [[], bind('/x')],
        [[], bind('/y')],
      ]),
    )
    const reversed = { caches: {}, bases: [], mounts: [...mounts].reverse() }
    expect(makeSpec(ROOT, reversed).devices).toEqual(devices)
  })

  const good = makeSpec(ROOT, { caches: { '': [cacheNamed('npm')] }, bases: [] })
  const device = good.devices[0] as CdiSpec['devices'][0]
  const edits = device.containerEdits
  const mount = { hostPath: '/a', containerPath: '/b', options: [] }
  test.each<[string, Partial<CdiSpec>]>([
    ['a kind that stops dockerd', { kind: 'a.b/x' }],
    ['another kind', { kind: 'dokku.com/other' }],
    ['a name with a capital', { devices: [{ ...device, name: 'Npm' }] }],
    ['a name with a slash', { devices: [{ ...device, name: 'a/b' }] }],
    ['no name', { devices: [{ ...device, name: '' }] }],
    ['a name twice', { devices: [device, device] }],
    ['no mount', { devices: [{ ...device, containerEdits: { env: [], mounts: [] } }] }],
    ...['x', '/a/../b', '/', '', '/a//b', '/a/.'].map((path): [string, Partial<CdiSpec>] => [
      `the host path ${path}`,
      {
        devices: [
          { ...device, containerEdits: { env: [], mounts: [{ ...mount, hostPath: path }] } },
        ],
      },
    ]),
    [
      'a variable with a line end',
      { devices: [{ ...device, containerEdits: { ...edits, env: ['A=1\nB=2'] } }] },
    ],
    ['no variable', { devices: [{ ...device, containerEdits: { ...edits, env: ['=1'] } }] }],
  ])('with %s is rejected', (_, change) =>
    expect(() => checkSpec({ ...good, ...change })).toThrow('must not be written'),
  )
  test('as generated is accepted', () => expect(() => checkSpec(good)).not.toThrow())
})

describe('the record of bases', () => {
  test('is parsed as it was written', () => {
    const known = withSeen(withBases([], [debian]), key, {
      system: 'debian-12-amd64-glibc',
      plain: null,
    })
    expect(parseBases(formatBases(known))).toEqual(known)
  })
  test('keeps a system when the base is added again', () => {
    const known = withSeen(withBases([], [debian]), key, {
      system: 'debian-12-amd64-glibc',
      plain: null,
    })
    expect(withBases(known, [debian])).toEqual(known)
  })
  test('follows a tag that moved to another system', () => {
    const moved = withSeen([{ ...debian, system: 'debian-12-amd64-glibc', plain: true }], key, {
      system: 'debian-13-amd64-glibc',
      plain: null,
    })
    expect(moved.map(directoryFor)).toEqual([{ key, directory: 'debian-13-amd64-glibc' }])
  })
  test('is at most two hundred, the newest of them', () => {
    const many = Array.from({ length: 250 }, (_, index) => ({
      reference: `image:${index}`,
      platform: '',
    }))
    const known = withBases([], many)
    expect([known.length, known.at(-1)?.reference]).toEqual([200, 'image:249'])
  })
  test.each([
    '',
    '{',
    '{}',
    '[1]',
    '[{"reference":1}]',
    '[{"reference":"a","platform":"","system":"../x"}]',
  ])('is empty for %s', (text) => expect(parseBases(text)).toEqual([]))
})
