import { describe, expect, test } from 'vitest'
import { attribute } from '../../../../src/shared-cache/buildkit/core/apps'
import { outsideCaches } from '../../../../src/shared-cache/buildkit/core/outside-caches'
import { type CacheRecord, isRemovable } from '../../../../src/shared-cache/buildkit/core/records'
import {
  detailBuildCache,
  mountTotals,
  reportBuildCache,
} from '../../../../src/shared-cache/buildkit/core/report'

const record = (id: string, over: Partial<CacheRecord> = {}): CacheRecord => ({
  ...{ id, parents: [], type: 'regular', description: id, inUse: false, shared: false },
  ...{ bytes: 10, lastUsed: 1000, uses: 2, command: '', mount: null },
  ...over,
})
const mountRecord = (id: string, over: Partial<CacheRecord> = {}) =>
  record(id, { type: 'exec.cachemount', mount: { id: `/${id}`, target: `/t/${id}` }, ...over })

describe('whether Docker would remove a record', () => {
  test.each<[Partial<CacheRecord>, boolean]>([
    [{}, true],
    [{ inUse: true }, false],
    [{ shared: true }, false],
    [{ type: 'internal' }, false],
    [{ type: 'frontend' }, false],
    [{ type: 'source.local' }, true],
  ])('%j: %s', (over, expected) => expect(isRemovable(record('a', over))).toBe(expected))
})

describe('the owners of a record', () => {
  const of = (...histories: [string, ...string[]][]) =>
    attribute(histories.map(([app, ...history]) => ({ app, history })))
  test.each<[string, string, string[]]>([
    ['a command of several lines', 'RUN /bin/sh -c a\nb # buildkit', ['web']],
    ['arguments of a build', 'RUN |1 A=b /bin/sh -c a\nb # buildkit', ['web']],
    ['arguments with lines of their own', 'RUN |1 A=b\nc /bin/sh -c a\nb # buildkit', ['web']],
    ['what only begins like it', 'RUN /bin/sh -c a\nbc # buildkit', []],
    ['an older history', 'RUN /bin/sh -c a\nb', ['web']],
    ['the command of no RUN', '/bin/sh -c a\nb', ['web']],
  ])('%s', (_, history, expected) =>
    expect(of(['web', history])(record('r', { command: '/bin/sh -c a\nb' }))).toEqual(expected),
  )
  test('are sorted and unique, with any order of the images', () =>
    expect(of(['b', 'X', 'X'], ['a', 'X'], ['b', 'X'])(record('r', { command: 'X' }))).toEqual([
      'a',
      'b',
    ]))
  test('are empty for a record without a command, even if an image has an empty line', () =>
    expect(of(['web', ''])(record('r', { command: '' }))).toEqual([]))
})

describe('the report on a build cache', () => {
  const records = [
    record('a', { bytes: 5 }),
    record('b', { bytes: 7, inUse: true }),
    record('c', { bytes: 11, shared: true }),
    record('d', { bytes: 30, type: 'source.local' }),
    mountRecord('m', { bytes: 13 }),
    mountRecord('n', { bytes: 17, inUse: true }),
  ]
  test('adds up', () =>
    expect(reportBuildCache(records)).toMatchObject({
      ...{ records: 6, bytes: 83, shared: 11, private: 72, reclaimable: 48, inUseRecords: 2 },
      types: [
        { type: 'exec.cachemount', records: 2, bytes: 30, reclaimable: 13 },
        { type: 'source.local', records: 1, bytes: 30, reclaimable: 30 },
        { type: 'regular', records: 3, bytes: 23, reclaimable: 5 },
      ],
    }))
  test('counts for cache mounts only those, and what can be freed of them', () =>
    expect(mountTotals(records)).toEqual({ bytes: 30, freed: 13 }))

  test('groups the owners, the largest first, then by name', () => {
    const owners: Record<string, string[]> = { a: ['web', 'api'], b: ['api', 'web'], c: ['x'] }
    const details = detailBuildCache(records, ({ id }) => owners[id] ?? [], [])
    expect(details.owners).toEqual([
      { apps: [], records: 3, bytes: 60 },
      { apps: ['api', 'web'], records: 2, bytes: 12 },
      { apps: ['x'], records: 1, bytes: 11 },
    ])
    const same = [record('p'), record('q')]
    expect(
      detailBuildCache(same, ({ id }) => [id === 'p' ? 'z' : 'y'], []).owners.map(
        ({ apps }) => apps,
      ),
    ).toEqual([['y'], ['z']])
  })
  test('has cache mounts separately, and layers that are not empty', () => {
    const details = detailBuildCache([...records, record('empty', { bytes: 0 })], () => ['web'], [])
    expect(details.cacheMounts).toEqual([
      {
        ...{ record: 'n', bytes: 17, lastUsed: '1970-01-01T00:00:01.000Z', inUse: true },
        ...{ command: '', apps: ['web'], id: '/n', target: '/t/n', uses: 2 },
      },
      expect.objectContaining({ record: 'm', inUse: false }),
    ])
    expect(details.layers.map((layer) => [layer.record, layer.shared])).toEqual([
      ['d', false],
      ['c', true],
      ['b', false],
      ['a', false],
    ])
  })
  test('has ten layers: the largest, then the last used, then by name', () => {
    const many = [
      ...Array.from({ length: 9 }, (_, i) => record(`l${i}`, { bytes: 100 - i })),
      record('old', { lastUsed: 5 }),
      record('z', { lastUsed: 9 }),
      record('y', { lastUsed: 9 }),
    ]
    const { layers } = detailBuildCache(many, () => [], [])
    expect(layers.map((layer) => layer.record)).toEqual([
      ...Array.from({ length: 9 }, (_, i) => `l${i}`),
      'y',
    ])
  })
})

describe('a volume of a builder', () => {
  const one = (name: string, labels: Record<string, string> = {}, containers: string[] = []) =>
    outsideCaches([{ name, labels, bytes: 1 }], containers).map(({ builder, app }) => [
      builder,
      app,
    ])
  const herokuish = { 'com.dokku.builder-type': 'herokuish', 'com.dokku.app-name': 'web' }
  test.each<[string, Record<string, string>, string[], unknown[]]>([
    ['cache-web', herokuish, [], [['herokuish', 'web']]],
    ['cache-web', { 'com.dokku.builder-type': 'herokuish' }, [], [['herokuish', null]]],
    ['cache-web', {}, [], []],
    ['cache-web', { ...herokuish, 'com.dokku.builder-type': 'pack' }, [], []],
    ['my-cache-web', herokuish, [], []],
    ['pack-cache-x_dokku_web_latest-0a1b.build', {}, [], [['pack', 'web']]],
    ['pack-cache-x_web_latest-0a1b.build', {}, [], [['pack', null]]],
    ['my-pack-cache-x_dokku_web_latest-0a1b.build', {}, [], []],
    ['f00d', {}, ['f00d'], [['railpack', null]]],
    ['f00d', {}, [], []],
  ])('%s with %j: %j', (name, labels, containers, expected) =>
    expect(one(name, labels, containers)).toEqual(expected),
  )
  test('is sorted by size, then by name', () => {
    const volumes = [
      ...[5, null, 9, 5].map((bytes, i) => ({ name: `v${3 - i}`, labels: {}, bytes })),
      { name: 'v9', labels: {}, bytes: null },
    ]
    const names = outsideCaches(
      volumes,
      volumes.map(({ name }) => name),
    ).map(({ name }) => name)
    expect(names).toEqual(['v1', 'v0', 'v3', 'v2', 'v9'])
  })
})
