import { describe, expect, test } from 'vitest'
import type { RawRecord } from '../../../../src/foundation/core/build-record'
import { readRecord } from '../../../../src/shared-cache/buildkit/core/records'
import { attribute } from '../../../../src/shared-cache/buildkit/core/apps'
import {
  detailBuildCache,
  mountTotals,
  reportBuildCache,
} from '../../../../src/shared-cache/buildkit/core/report'
import { outsideCaches } from '../../../../src/shared-cache/buildkit/core/outside-caches'
import { recorded } from '../../../support/engine'

function recordsOf(engine: '20.10.24' | '28.5.2', file: string) {
  const { BuildCache } = recorded(engine, file).body as { BuildCache: RawRecord[] }
  return BuildCache.map(readRecord)
}

describe('totals are those of Docker', () => {
  test('Engine 28.5.2: all, private and shared', () => {
    const report = reportBuildCache(recordsOf('28.5.2', 'system-df.type-build-cache.idle.v1.51'))
    expect(report).toMatchObject({
      bytes: 4_162_143,
      shared: 410_671,
      private: 3_751_472,
      reclaimable: 3_751_472,
      inUseRecords: 0,
      details: null,
    })
  })

  test('Engine 20.10.24, a build is running: BuilderSize', () => {
    const { BuilderSize } = recorded('20.10.24', 'system-df.during-build').body as {
      BuilderSize: number
    }
    const report = reportBuildCache(recordsOf('20.10.24', 'system-df.during-build'))
    expect(report.bytes).toBe(BuilderSize)
    expect(report.inUseRecords).toBeGreaterThan(0)
    expect(report.types.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(report.bytes)
    expect(report.types.reduce((sum, { records }) => sum + records, 0)).toBe(report.records)
  })
})

test('cache mounts are listed one by one, the largest first, and are not layers', () => {
  const records = recordsOf('28.5.2', 'system-df.type-build-cache.idle.v1.51')
  const { cacheMounts, layers } = detailBuildCache(records, () => [], [])
  expect(cacheMounts).toHaveLength(7)
  expect(cacheMounts[0]).toMatchObject({
    bytes: 512_000,
    target: '/root/.cache/pip',
    inUse: false,
    apps: [],
  })
  expect(layers).toHaveLength(10)
  expect(layers[0]).toMatchObject({ bytes: 1_982_256, shared: false })
  expect(layers.some(({ description }) => description.startsWith('cached mount'))).toBe(false)
  expect(mountTotals(records)).toEqual({ bytes: 1_024_000, freed: 1_024_000 })
})

describe('the owners of a record', () => {
  const apps = attribute([
    {
      app: 'web',
      history: ['RUN /bin/sh -c npm ci # buildkit', 'COPY . . # buildkit', 'CMD ["x"]'],
    },
    {
      app: 'api',
      history: ['RUN |2 A=b c D=e /bin/sh -c pip install . # buildkit', 'COPY . . # buildkit'],
    },
  ])
  const owners = (Description: string, Type = 'regular') =>
    apps(
      readRecord({
        ID: 'a',
        Type,
        Description,
        InUse: false,
        Shared: false,
        Size: 0,
        CreatedAt: '2026-01-01T00:00:00Z',
        LastUsedAt: null,
        UsageCount: 0,
      }),
    )
  const mount = (text: string) => owners(text, 'exec.cachemount')

  test.each([
    ['a layer', owners('mount / from exec /bin/sh -c npm ci'), ['web']],
    ['a step with build arguments', owners('mount / from exec /bin/sh -c pip install .'), ['api']],
    ['a step that several have', owners('[stage-0 3/7] COPY . .'), ['api', 'web']],
    ['a step of nobody', owners('mount / from exec /bin/sh -c make'), []],
    ['a record without a command', owners('local source for context'), []],
    [
      'a cache mount',
      mount('cached mount /root/.npm from exec /bin/sh -c npm ci with id "//root/.npm"'),
      ['web'],
    ],
    [
      'a cache mount in an app’s namespace',
      mount('cached mount /c from exec x with id "api//c"'),
      ['api'],
    ],
    [
      'a cache mount in another namespace',
      mount('cached mount /c from exec x with id "else//c"'),
      [],
    ],
  ])('%s', (_, found, expected) => expect(found).toEqual(expected))
})

describe('the app of a cache mount whose command is in several images', () => {
  const base = ['RUN /bin/sh -c pip install tools # buildkit', '/bin/sh -c #(nop) ADD file:x in / ']
  const image = (app: string, ...own: string[]) => ({ app, history: [...own, ...base] })
  const images = [
    image('web', 'RUN /bin/sh -c npm ci # buildkit'),
    image('api', 'RUN /bin/sh -c npm ci # buildkit'),
    image('docs', 'RUN /bin/sh -c pip install docs # buildkit'),
  ]
  const [layer, mount] = [null, { id: '//c', target: '/c' }]

  test.each([
    ['a command of the base image: unknown', 'pip install tools', mount, [base], []],
    [
      'a layer of the base image is in all of them',
      'pip install tools',
      layer,
      [base],
      ['api', 'docs', 'web'],
    ],
    ['a command of one app', 'pip install docs', mount, [base], ['docs']],
    ['a command of two apps', 'npm ci', mount, [base], ['api', 'web']],
    ['no such base image any more', 'pip install tools', mount, [], ['api', 'docs', 'web']],
    [
      'an image with other lines is no base',
      'pip install tools',
      mount,
      [['x', ...base.slice(1)]],
      ['api', 'docs', 'web'],
    ],
    [
      'the longest base counts',
      'npm ci',
      mount,
      [base, image('', 'RUN /bin/sh -c npm ci # buildkit').history],
      [],
    ],
  ])('%s', (_, command, mountOf, bases, expected) => {
    const raw: RawRecord = {
      ID: 'a',
      Type: mountOf ? 'exec.cachemount' : 'regular',
      Description: mountOf
        ? `cached mount /c from exec /bin/sh -c ${command} with id "//c"`
        : `mount / from exec /bin/sh -c ${command}`,
      InUse: false,
      Shared: false,
      Size: 0,
      CreatedAt: '2026-01-01T00:00:00Z',
      LastUsedAt: null,
      UsageCount: 0,
    }
    expect(attribute(images, bases)(readRecord(raw))).toEqual(expected)
  })
})

test('caches of builders outside of BuildKit', () => {
  const volume = (name: string, bytes: number | null, labels: Record<string, string> = {}) => ({
    name,
    bytes,
    labels,
  })
  const herokuish = { 'com.dokku.app-name': 'web', 'com.dokku.builder-type': 'herokuish' }
  const found = outsideCaches(
    [
      volume('cache-web', 10, herokuish),
      volume('cache-of-somebody', 99),
      volume('pack-cache-library_dokku_my-app_latest-0a1b2c.build', 30),
      volume('pack-cache-odd', null),
      volume('f00d', 20),
      volume('data', 1000),
    ],
    ['f00d'],
  )
  expect(found).toEqual([
    {
      builder: 'pack',
      name: 'pack-cache-library_dokku_my-app_latest-0a1b2c.build',
      app: 'my-app',
      bytes: 30,
    },
    { builder: 'railpack', name: 'f00d', app: null, bytes: 20 },
    { builder: 'herokuish', name: 'cache-web', app: 'web', bytes: 10 },
    { builder: 'pack', name: 'pack-cache-odd', app: null, bytes: null },
  ])
})
