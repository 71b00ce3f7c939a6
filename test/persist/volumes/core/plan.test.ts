import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Mount } from '../../../../src/foundation/core/app-changes'
import {
  type Facts,
  type Step,
  checkPlace,
  needsRestart,
  planVolume,
  variableFor,
} from '../../../../src/persist/volumes/core/plan'
import {
  type AppVolume,
  type Kind,
  type OwnerRule,
  DEFAULTS,
  KINDS,
} from '../../../../src/persist/volumes/core/volume'

const DEVICE = '/data/storage/shop-data'
const VOLUME: AppVolume = {
  ...DEFAULTS,
  ...{ entry: 'shop-data', app: 'shop', name: 'data', formerApp: null, path: '/data' },
  ...{ filled: false, filledFor: null, ownerKnown: false, variable: 'DATA_DIR', created: 0 },
}
const FILLED = { ...VOLUME, filled: true, ownerKnown: true }
const MOUNT: Mount = {
  ...{ entry: 'shop-data', hostPath: 'shop-data', containerPath: '/data' },
  ...{ readonly: false, options: '' },
}
const NEW: Facts = {
  ...{ record: null, directory: null, device: undefined, wantedDevice: DEVICE },
  ...{ entryPath: undefined, mounts: [], env: {}, image: null, limit: null },
}
const IMAGE = { id: 'sha256:1', owner: { uid: 1000, gid: 1000 }, ownerKnown: true }
const DIRECTORY = { uid: 0, gid: 0, mode: '0755', isEmpty: true }
const READY: Facts = {
  ...{ record: FILLED, directory: { ...DIRECTORY, isEmpty: false }, device: DEVICE },
  ...{ wantedDevice: DEVICE, entryPath: 'shop-data', mounts: [MOUNT] },
  ...{ env: { DATA_DIR: '/data' }, image: null, limit: null },
}
const SIZED: Facts = { ...READY, record: { ...FILLED, size: 5000 } }
const kinds = (steps: readonly Step[]) => steps.map(({ kind }) => kind)

describe('the plan of a volume', () => {
  test.each<[string, AppVolume, Partial<Facts>, string[]]>([
    ['that is ready has no step', FILLED, READY, []],
    [
      'before the first deploy',
      VOLUME,
      NEW,
      ['record', 'directory', 'volume', 'entry', 'attach', 'set'],
    ],
    [
      'of an app with an image is filled before it is mounted',
      VOLUME,
      { ...NEW, image: IMAGE },
      ['record', 'directory', 'fill', 'record', 'volume', 'entry', 'attach', 'set'],
    ],
    [
      'that waited for its image',
      VOLUME,
      { ...READY, record: VOLUME, directory: DIRECTORY, image: IMAGE },
      ['record', 'fill', 'record'],
    ],
    [
      'with files of its own is never filled',
      VOLUME,
      { ...READY, record: VOLUME, image: IMAGE },
      ['record'],
    ],
    ['whose Docker volume was removed', FILLED, { ...READY, device: undefined }, ['volume']],
    ['whose Docker volume shows another directory', FILLED, { ...READY, device: '/x' }, ['volume']],
    ['whose Docker volume is a plain one', FILLED, { ...READY, device: null }, ['volume']],
    ['whose entry was removed', FILLED, { ...READY, entryPath: undefined }, ['entry']],
    ['whose entry names a directory', FILLED, { ...READY, entryPath: DEVICE }, ['entry']],
    ['that was unmounted', FILLED, { ...READY, mounts: [] }, ['attach']],
    ['whose variable was unset', FILLED, { ...READY, env: {} }, ['set']],
    ['whose variable has another value', FILLED, { ...READY, env: { DATA_DIR: '/y' } }, ['set']],
    ['that becomes read-only', { ...FILLED, readonly: true }, READY, ['record', 'attach']],
    ['that loses its variable', { ...FILLED, variable: null }, READY, ['record', 'unset']],
    [
      'mounted at another path',
      FILLED,
      { ...READY, mounts: [{ ...MOUNT, containerPath: '/old' }] },
      ['detach', 'attach'],
    ],
    ['with another owner', { ...FILLED, owner: { uid: 5, gid: 5 } }, READY, ['record', 'owner']],
    ['with another mode', { ...FILLED, mode: '0750' }, READY, ['record', 'owner']],
    ['that is sensitive is closed', { ...FILLED, sensitive: true }, READY, ['record', 'owner']],
    [
      'that is sensitive, with a mode of its own',
      { ...FILLED, sensitive: true, mode: '0755' },
      READY,
      ['record'],
    ],
    ['with a limit', { ...FILLED, size: 5000 }, READY, ['record', 'limit']],
    ['whose limit is set', { ...FILLED, size: 5000 }, { ...SIZED, limit: 5120 }, []],
    ['whose limit was lost', { ...FILLED, size: 5000 }, SIZED, ['limit']],
    ['whose limit is another', { ...FILLED, size: 5000 }, { ...SIZED, limit: 9216 }, ['limit']],
    ['whose limit is removed', FILLED, { ...SIZED, limit: 5120 }, ['record', 'limit']],
    [
      'whose limit cannot be enforced',
      { ...FILLED, size: 5000 },
      { ...SIZED, limit: undefined },
      [],
    ],
    [
      'with a limit, before the first deploy',
      { ...VOLUME, size: 5000 },
      NEW,
      ['record', 'directory', 'limit', 'volume', 'entry', 'attach', 'set'],
    ],
    [
      'with a limit that waited for its image is limited again',
      { ...VOLUME, size: 5000 },
      {
        ...READY,
        ...{ record: { ...VOLUME, size: 5000 }, directory: DIRECTORY, image: IMAGE, limit: 5120 },
      },
      ['record', 'fill', 'limit', 'record'],
    ],
    ['with a new description', { ...FILLED, description: 'x' }, READY, ['record']],
  ])('%s', (_, volume, facts, expected) =>
    expect(kinds(planVolume(volume, { ...NEW, ...facts }))).toEqual(expected),
  )

  test('replaces a Docker volume that exists, and creates one that does not', () => {
    const replace = (device: string | null | undefined) =>
      planVolume(FILLED, { ...READY, device }).map((step) => 'replace' in step && step.replace)
    expect(replace('/x')).toEqual([true])
    expect(replace(null)).toEqual([true])
    expect(replace(undefined)).toEqual([false])
  })

  test('gives the files of an image to the owner that was decided', () => {
    const steps = planVolume({ ...VOLUME, mode: '0700' }, { ...NEW, image: IMAGE })
    expect(steps.find(({ kind }) => kind === 'fill')).toEqual({
      ...{ kind: 'fill', image: IMAGE.id, owner: IMAGE.owner, mode: '0700' },
    })
  })
})

/** What a step does, in a model of the server. */
function after(facts: Facts, step: Step): Facts {
  const { env } = facts
  switch (step.kind) {
    case 'record':
      return { ...facts, record: step.volume }
    case 'directory':
    case 'owner': {
      const { uid, gid } = step.owner ?? facts.directory ?? DIRECTORY
      const mode = step.mode ?? facts.directory?.mode ?? '0755'
      return { ...facts, directory: { uid, gid, mode, isEmpty: facts.directory?.isEmpty ?? true } }
    }
    case 'fill': {
      const { uid, gid } = step.owner ?? DIRECTORY
      const limit = facts.limit === undefined ? undefined : null
      return {
        ...facts,
        ...{ limit, directory: { uid, gid, mode: step.mode ?? '0755', isEmpty: false } },
      }
    }
    case 'limit':
      return { ...facts, limit: step.bytes }
    case 'volume':
      return { ...facts, device: DEVICE }
    case 'entry':
      return { ...facts, entryPath: 'shop-data' }
    case 'detach':
      return { ...facts, mounts: facts.mounts.filter((mount) => mount !== step.mount) }
    case 'attach': {
      const { path, readonly } = facts.record as AppVolume
      const others = facts.mounts.filter(({ containerPath }) => containerPath !== path)
      return { ...facts, mounts: [...others, { ...MOUNT, containerPath: path, readonly }] }
    }
    case 'set':
      return { ...facts, env: { ...env, [step.name]: step.value } }
    case 'unset':
      return {
        ...facts,
        env: Object.fromEntries(Object.entries(env).filter(([name]) => name !== step.name)),
      }
  }
}

const owner = fc.constantFrom<OwnerRule>('auto', 'image', { uid: 5, gid: 6 })
const volume = fc.record({
  filled: fc.boolean(),
  readonly: fc.boolean(),
  sensitive: fc.boolean(),
  mode: fc.constantFrom(null, '0750'),
  owner,
  kind: fc.constantFrom(...KINDS),
  size: fc.constantFrom(null, 0, 5000),
})
const facts = fc.record({
  directory: fc.constantFrom(null, DIRECTORY, { uid: 9, gid: 9, mode: '0700', isEmpty: false }),
  device: fc.constantFrom(undefined, null, '/x', DEVICE),
  entryPath: fc.constantFrom(undefined, 'shop-data', '/x'),
  mounts: fc.constantFrom(
    [],
    [MOUNT],
    [{ ...MOUNT, containerPath: '/old' }],
    [{ ...MOUNT, readonly: true }],
  ),
  env: fc.constantFrom({}, { DATA_DIR: '/data' }, { DATA_DIR: '/y', OTHER: '1' }),
  image: fc.constantFrom(null, IMAGE),
  limit: fc.constantFrom(undefined, null, 1024, 5120),
  record: fc.constantFrom(null, VOLUME, FILLED),
})

describe('whatever is there', () => {
  const start = (over: Partial<AppVolume>, some: Partial<Facts>) => {
    const rule = over.owner ?? 'auto'
    const decided = typeof rule === 'object' ? rule : rule === 'image' ? null : IMAGE.owner
    const image = some.image ? { ...IMAGE, owner: decided } : null
    const there: Facts = { ...NEW, ...some, image }
    // The command reads `filled` from the record.
    const wanted: AppVolume = {
      ...VOLUME,
      ...over,
      filled: there.record?.filled ?? false,
      ownerKnown: there.record?.ownerKnown ?? false,
    }
    return { there, wanted }
  }

  /** The volume as a later run wants it: what the record says of its content. */
  const again = (wanted: AppVolume, { record }: Facts): AppVolume => ({
    ...wanted,
    filled: record?.filled ?? false,
    filledFor: record?.filledFor ?? null,
    ownerKnown: record?.ownerKnown ?? false,
  })

  test('a second run changes nothing, also after a kill at any step', () => {
    fc.assert(
      fc.property(volume, facts, fc.nat(12), (over, some, killedAt) => {
        const { there, wanted } = start(over, some)
        const half = planVolume(wanted, there).slice(0, killedAt).reduce(after, there)
        const done = planVolume(again(wanted, half), half).reduce(after, half)
        expect(planVolume(again(wanted, done), done)).toEqual([])
        const whole = planVolume(wanted, there).reduce(after, there)
        expect(done).toEqual(whole)
      }),
    )
  })

  test('the limit is set in the end where one can be enforced, and nowhere else', () => {
    fc.assert(
      fc.property(volume, facts, (over, some) => {
        const { there, wanted } = start(over, some)
        const { limit } = planVolume(wanted, there).reduce(after, there)
        const expected = over.size === null ? null : over.size === 0 ? 1024 : 5120
        expect(limit).toBe(there.limit === undefined ? undefined : expected)
      }),
    )
  })

  test('files in a directory are never covered by those of an image', () => {
    fc.assert(
      fc.property(volume, facts, (over, some) => {
        const { there, wanted } = start(over, some)
        const fills = kinds(planVolume(wanted, there)).includes('fill')
        expect(fills && there.directory?.isEmpty === false).toBe(false)
      }),
    )
  })

  test('the record comes before everything that is made', () => {
    fc.assert(
      fc.property(volume, facts, (over, some) => {
        const { there, wanted } = start(over, some)
        const steps = kinds(planVolume(wanted, there))
        const made = steps.findIndex((kind) => kind !== 'record')
        if (there.record === null && made >= 0) expect(steps[0]).toBe('record')
      }),
    )
  })

  test('the variables of the app stay, but for that of the volume', () => {
    fc.assert(
      fc.property(volume, facts, (over, some) => {
        const { there, wanted } = start(over, some)
        const { env } = planVolume(wanted, there).reduce(after, there)
        expect(env['OTHER']).toBe(there.env['OTHER'])
      }),
    )
  })
})

describe('the variable of a volume', () => {
  test.each<[Kind, string]>([
    ['data', 'DATA_DIR'],
    ['cache', 'CACHE_DIR'],
    ['logs', 'LOG_DIR'],
    ['state', 'STATE_DIR'],
  ])('of the kind %s is %s', (kind, name) =>
    expect(variableFor({ ...VOLUME, kind, variable: null }, [], {})).toBe(name),
  )

  test.each<
    [string, Partial<AppVolume>, Partial<AppVolume>[], Record<string, string>, string | null]
  >([
    ['is set for the first volume of a kind', {}, [], {}, 'DATA_DIR'],
    ['belongs to one volume', {}, [{ variable: 'DATA_DIR' }], {}, null],
    ['that the app has set stays its own', { variable: null }, [], { DATA_DIR: '/y' }, null],
    [
      'that has its path already is its own',
      { variable: null },
      [],
      { DATA_DIR: '/data' },
      'DATA_DIR',
    ],
    ['that it had stays its own', { variable: 'DATA_DIR' }, [], { DATA_DIR: '/old' }, 'DATA_DIR'],
    ['is not for a single process', { process: 'worker' }, [], {}, null],
    ['is not for the places that follow the image', { followImage: true }, [], {}, null],
  ])('%s', (_, over, others, env, expected) => {
    const all = others.map((other) => ({ ...VOLUME, ...other }))
    expect(variableFor({ ...VOLUME, ...over }, all, env)).toBe(expected)
  })
})

describe('a path', () => {
  const mount = (containerPath: string, entry: string | null = 'other'): Mount => ({
    ...MOUNT,
    ...{ entry, hostPath: '/host', containerPath },
  })
  test.each<[string, string, Mount[]]>([
    ['of the volume itself can be added again', '/data', [mount('/data', 'shop-data')]],
    ['beside others', '/data', [mount('/app'), mount('/data2')]],
    ['around another mount', '/data', [mount('/data/sub')]],
  ])('%s', (_, path, mounts) => expect(() => checkPlace(path, mounts, 'shop-data')).not.toThrow())
  test.each<[string, string, Mount[], string]>([
    ['that is mounted', '/data', [mount('/data')], '/data is mounted already: /host'],
    ['that is mounted in the older form', '/data', [mount('/data', null)], 'mounted already'],
    ['inside of another mount', '/data/sub', [mount('/data')], '/data/sub is inside of /data'],
  ])('%s is refused', (_, path, mounts, why) =>
    expect(() => checkPlace(path, mounts, 'shop-data')).toThrow(why),
  )
})

test.each<[string, Step[], boolean]>([
  ['a mount', [{ kind: 'attach' }], true],
  ['a variable', [{ kind: 'set', name: 'A', value: '/a' }], true],
  ['an entry', [{ kind: 'entry' }], false],
  ['nothing', [], false],
])('%s needs a restart: %#', (_, steps, expected) => expect(needsRestart(steps)).toBe(expected))
