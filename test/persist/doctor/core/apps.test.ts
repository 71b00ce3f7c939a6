import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AppFacts,
  type VolumeFacts,
  canWrite,
  checkApp,
} from '../../../../src/persist/doctor/core/apps'
import { unkeptPlaces } from '../../../../src/persist/doctor/core/written'
import { type AppVolume, DEFAULTS } from '../../../../src/persist/volumes/core/volume'

const FACTS: AppFacts = {
  ...{ app: 'shop', users: [], unkept: [], handMade: [], places: [], volumes: [], adoption: null },
}
const directory = (uid: number, gid: number, mode: string) => ({ uid, gid, mode, isEmpty: false })
const VOLUME: AppVolume = {
  ...DEFAULTS,
  ...{ entry: 'shop-data', app: 'shop', name: 'data', path: '/data', formerApp: null },
  ...{ filled: true, filledFor: null, ownerKnown: true, variable: null, created: 0 },
}
const volume = (over: Partial<VolumeFacts> = {}, more: Partial<AppVolume> = {}): VolumeFacts => ({
  volume: { ...VOLUME, ...more },
  hostPath: '/lib/data/storage/shop-data',
  directory: directory(0, 0, '0755'),
  steps: [],
  bytes: null,
  isEncrypted: null,
  ...over,
})
const check = (facts: Partial<AppFacts>) =>
  checkApp({ ...FACTS, ...facts }, (bytes) => `${bytes} B`)
const place = (over = {}) => ({
  ...{ path: '/data', volume: 'data', hostPath: '/srv/d', directory: directory(0, 0, '0755') },
  ...over,
})
const handMade = (over = {}) => ({
  ...{ path: '/data', hostPath: '/srv/d', hidden: [], isOutside: false },
  ...over,
})
const unkept = (over = {}) => ({ path: '/data', anonymous: null, isProgram: false, ...over })

describe('the doctor names', () => {
  test.each<[string, Partial<AppFacts>, object]>([
    [
      'an anonymous volume, its size and how to keep it',
      { unkept: [unkept({ anonymous: { name: 'f'.repeat(64), bytes: 5 } })] },
      {
        ...{ status: 'warn', name: 'kept', remedy: 'dokku persist:adopt shop /data' },
        text: 'shop: /data is not kept: its files, 5 B, are in the anonymous volume ffffffffffff, and the next deploy starts with a new one',
      },
    ],
    [
      'an anonymous volume of unknown size',
      { unkept: [unkept({ anonymous: { name: 'f'.repeat(64), bytes: null } })] },
      { name: 'kept', text: expect.stringContaining('its files are in') as string },
    ],
    [
      'a path that the app writes to',
      { unkept: [unkept()] },
      { name: 'kept', remedy: 'dokku persist:add shop /data' },
    ],
    [
      'the directory of the program that the app writes to',
      { unkept: [unkept({ path: '/app', isProgram: true })] },
      { name: 'kept', remedy: 'dokku persist:add shop /app/data' },
    ],
    [
      'a volume that a process cannot write to',
      {
        users: [
          { uid: 0, gid: 0 },
          { uid: 1000, gid: 1000 },
        ],
        places: [place()],
      },
      {
        ...{ status: 'warn', name: 'permission' },
        text: 'shop: a process of the user 1000:1000 cannot write to /data: it belongs to 0:0, with the mode 0755',
        remedy: 'dokku persist:add shop /data --owner 1000:1000',
      },
    ],
    [
      'a directory that a process cannot write to',
      { users: [{ uid: 1000, gid: 7 }], places: [place({ volume: null })] },
      { name: 'permission', remedy: 'chown -R 1000:7 /srv/d' },
    ],
    [
      'files of the image that a mount hides',
      { handMade: [handMade({ hidden: ['a', 'b', 'c', 'd'] })] },
      {
        name: 'hidden',
        text: 'shop: the mount of /srv/d hides files that the image has at /data: a, b, c and more',
        remedy: 'docker cp "$(docker create dokku/shop:latest)":/data/. /srv/d',
      },
    ],
    [
      "a directory outside of Dokku's storage",
      { handMade: [handMade({ isOutside: true })] },
      { name: 'outside', remedy: 'dokku persist:adopt shop /data' },
    ],
    [
      'a volume that Docker does not know, without an entry and a mount',
      {
        volumes: [
          volume({
            steps: [{ kind: 'volume', replace: false }, { kind: 'entry' }, { kind: 'attach' }],
          }),
        ],
      },
      {
        ...{ status: 'fail', name: 'volume', remedy: 'dokku persist:doctor shop --fix' },
        text: 'shop: the volume data is not as it should be: Docker does not know it, or shows another directory; its storage entry is missing; it is not mounted',
      },
    ],
    [
      'a volume near its limit',
      { volumes: [volume({ bytes: 80 }, { size: 100 })] },
      {
        ...{ status: 'warn', name: 'space', remedy: 'dokku persist:add shop /data --size 200B' },
        text: 'shop: the volume data has 80 B of the 100 B that it may have',
      },
    ],
    [
      'sensitive data that others can read',
      { volumes: [volume({}, { sensitive: true })] },
      { status: 'fail', name: 'sensitive', remedy: 'dokku persist:add shop /data --mode 0700' },
    ],
    [
      'sensitive data on a disk without encryption',
      {
        volumes: [
          volume({ isEncrypted: false, directory: directory(0, 0, '0700') }, { sensitive: true }),
        ],
      },
      { status: 'warn', name: 'encryption' },
    ],
    [
      'an adoption that was cut off while the app was stopped',
      { adoption: 'stopped' },
      { status: 'fail', name: 'adopt', remedy: 'dokku persist:adopt shop' },
    ],
    ['an adoption that was cut off', { adoption: 'copying' }, { status: 'warn', name: 'adopt' }],
  ])('%s', (_, facts, finding) => {
    expect(check(facts)).toEqual([expect.objectContaining(finding)])
    expect(check(facts)[0]?.remedy).not.toBeNull()
  })
})

test.each<[string, Partial<AppFacts>]>([
  ['an app without anything', {}],
  [
    'a process of root',
    { users: [{ uid: 0, gid: 0 }], places: [place({ directory: directory(5, 5, '0700') })] },
  ],
  ['a mount that hides nothing', { handMade: [handMade()] }],
  [
    'a volume whose record alone is out of date',
    { volumes: [volume({ steps: [{ kind: 'record', volume: VOLUME }] })] },
  ],
  ['a volume of unknown size', { volumes: [volume({}, { size: 100 })] }],
  ['a volume without a limit', { volumes: [volume({ bytes: 1e12 })] }],
  ['a volume below its limit', { volumes: [volume({ bytes: 79 }, { size: 100 })] }],
  ['open data that is not sensitive', { volumes: [volume({ isEncrypted: false })] }],
  [
    'sensitive data that is closed, on a disk that tells nothing',
    { volumes: [volume({ directory: directory(0, 0, '0700') }, { sensitive: true })] },
  ],
  [
    'sensitive data without a directory',
    { volumes: [volume({ directory: null }, { sensitive: true })] },
  ],
])('the doctor accepts %s', (_, facts) => expect(check(facts)).toEqual([]))

test.each([
  [1000, 1000, '0755', true],
  [1000, 0, '0555', false],
  [0, 2000, '0775', true],
  [0, 2000, '0755', false],
  [0, 0, '0777', true],
  [0, 0, '0776', false],
  // The owner's bits count for the owner, even if others may more.
  [1000, 1000, '0077', false],
])(
  'whether 1000:2000 can write to a directory of %d:%d with the mode %s: %s',
  (uid, gid, mode, can) => {
    expect(canWrite({ uid: 1000, gid: 2000 }, directory(uid, gid, mode))).toBe(can)
  },
)

describe('the places that a container writes to and loses', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['none', [], []],
    ['a file', ['/app', '/app/db', '/app/db/x.sqlite'], ['/app/db']],
    ['one in another', ['/app', '/app/x', '/app/y', '/app/y/z'], ['/app']],
    ['two', ['/a', '/a/x', '/b', '/b/y'], ['/a', '/b']],
    ['temporary files', ['/tmp', '/tmp/x', '/run', '/run/y', '/var', '/var/tmp', '/var/tmp/z'], []],
    [
      'a cache',
      ['/app', '/app/.cache', '/app/.cache/x', '/app/__pycache__', '/app/__pycache__/a.pyc'],
      [],
    ],
    ['a pid file', ['/app', '/app/server.pid'], []],
    ['a file in /', ['/x'], []],
    ['a mount', ['/data', '/data/x'], []],
    ['the place of a mount', ['/srv', '/srv/deep'], []],
    ['beside a mount', ['/database', '/database/x'], ['/database']],
  ])('%s', (_, changes, places) => {
    expect(unkeptPlaces(changes, ['/data', '/srv/deep/mount'])).toEqual(places)
  })

  test('are sorted, apart from each other, and never in a mount', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'tmp', 'data'), { minLength: 1, maxLength: 4 })
      .map((names) => `/${names.join('/')}`)
    fc.assert(
      fc.property(fc.array(path), (changes) => {
        const places = unkeptPlaces(changes, ['/data'])
        expect(places).toEqual([...places].sort())
        for (const one of places) {
          expect(one === '/data' || one.startsWith('/data/')).toBe(false)
          expect(places.some((other) => other.startsWith(`${one}/`))).toBe(false)
        }
      }),
    )
  })
})
