import { describe, expect, test } from 'vitest'
import { formatGiven } from '../../../../src/shared-cache/apps/core/record'
import { appReport, appRows } from '../../../../src/shared-cache/report/core/app-report'
import type { Note } from '../../../../src/shared-cache/apps/core/app'
import { KnownError } from '../../../../src/foundation/core/errors'

const given = formatGiven({
  given: {
    layout: 'root',
    mounts: [
      { entry: 'shared-cache-pip', host: '/data/shared/pip', container: '/root/.cache/pip' },
      { entry: null, host: '/data/shared/rust/git', container: '/root/.cargo/git' },
    ],
    env: { PIP_CACHE_DIR: '/root/.cache/pip', CARGO_HOME: '/root/.cargo' },
    notes: [
      { cache: 'npm', why: 'app-mount', what: '/root/.cache/npm' },
      { cache: 'uv', why: 'builder', what: 'pack' },
    ],
  },
  pending: null,
})

describe('the report of an app', () => {
  test('has what the app got, and what was withheld and why', () =>
    expect(appRows('web', { given }, {})).toMatchObject({
      'given-layout': 'root',
      'given-mounts': '/data/shared/pip:/root/.cache/pip /data/shared/rust/git:/root/.cargo/git',
      'given-variables': 'PIP_CACHE_DIR=/root/.cache/pip CARGO_HOME=/root/.cargo',
      withheld: 'npm (app-mount /root/.cache/npm), uv (builder pack)',
    }))
  test('is empty for an app that got nothing', () =>
    expect(appRows('web', {}, {})).toMatchObject({
      ...{ 'given-layout': '', 'given-mounts': '', 'given-variables': '', withheld: '' },
    }))
  test('names caches that builds do not get because of their directories', () => {
    const unusable = [{ caches: ['pip', 'npm'], why: '/data is a symbolic link', remedy: '' }]
    expect(appRows('web', {}, {}, unusable)['unusable']).toBe('pip npm: /data is a symbolic link')
    expect(appRows('web', {}, {})['unusable']).toBe('')
    expect(appReport('web', {}, {}, '/data', unusable).unusable).toEqual([
      'pip npm: /data is a symbolic link',
    ])
  })
  test('has the properties of the app, those of all apps, and what is in effect', () =>
    expect(appRows('web', { layout: 'neutral' }, { layout: 'root', caches: 'pip' })).toMatchObject({
      ...{ layout: 'neutral', 'global-layout': 'root', 'computed-layout': 'neutral' },
      ...{ caches: '', 'global-caches': 'pip', 'computed-caches': 'pip' },
      ...{ enabled: '', 'computed-enabled': 'true' },
    }))
  test('has its rows in the order of their names', () => {
    const keys = Object.keys(appRows('web', { given }, {}))
    expect(keys).toEqual([...keys].sort())
    expect(keys).toContain('withheld')
  })
  test('fails if the record is damaged', () =>
    expect(() => appRows('web', { given: '{' }, {})).toThrow('is damaged'))
})

describe('the report of an app for people', () => {
  const ROOT = '/data/shared'
  const report = (values: Record<string, string>, global: Record<string, string> = {}) =>
    appReport('web', values, global, ROOT)
  const record = (mounts: readonly (readonly [string, string])[], notes: readonly Note[] = []) =>
    formatGiven({
      given: {
        layout: 'root',
        mounts: mounts.map(([host, container]) => ({ entry: null, host, container })),
        ...{ env: {}, notes },
      },
      pending: null,
    })
  const npm: Note = { cache: 'npm', why: 'app-mount', what: '/x' }
  const caches = (values: Record<string, string>, global: Record<string, string> = {}) =>
    report(values, global).caches.map(({ name, state, places }) =>
      [name, state, ...places].join(' '),
    )

  test.each<[string, Record<string, string>, Record<string, string>, string[]]>([
    ['nothing yet', { caches: 'npm,pip' }, {}, ['pip missing', 'npm missing']],
    ['a cache of all apps', {}, { caches: 'pip' }, ['pip missing']],
    [
      'a mount',
      { caches: 'pip', given: record([[`${ROOT}/pip`, '/root/.cache/pip']]) },
      {},
      ['pip mounted /root/.cache/pip'],
    ],
    [
      'two mounts, and a lock beside them',
      {
        caches: 'cargo',
        given: record([
          [`${ROOT}/rust/registry`, '/c/registry'],
          [`${ROOT}/rust/git`, '/c/git'],
          [`${ROOT}/rust/.package-cache`, '/c/.package-cache'],
        ]),
      },
      {},
      ['cargo mounted /c/registry /c/git'],
    ],
    [
      'a mount of a cache that is off by now',
      { caches: 'npm', given: record([[`${ROOT}/pip`, '/p']]) },
      {},
      ['pip mounted /p', 'npm missing'],
    ],
    [
      'a mount of a disabled app',
      { caches: 'npm', enabled: 'false', given: record([[`${ROOT}/pip`, '/p']]) },
      {},
      ['pip mounted /p'],
    ],
    ['nothing of a disabled app', { caches: 'npm', enabled: 'false' }, {}, []],
    [
      'a mount of its group',
      {
        ...{ caches: 'pip,npm', group: 'private' },
        given: record([
          [`${ROOT}/groups/private/pip`, '/p'],
          [`${ROOT}/npm`, '/n'],
        ]),
      },
      {},
      ['pip mounted /p', 'npm missing'],
    ],
    [
      'a note',
      { caches: 'pip,npm', given: record([], [npm]) },
      {},
      ['pip missing', 'npm withheld'],
    ],
    [
      'two notes',
      { caches: 'npm', given: record([], [{ ...npm, cache: 'uv' }, npm]) },
      {},
      ['npm withheld'],
    ],
    ['no access', { caches: 'pip', 'run-access': 'off' }, {}, ['pip run-access-off']],
    ['read access', { caches: 'pip', 'run-access': 'ro' }, {}, ['pip missing']],
    [
      'caches of builds alone',
      { caches: 'go,sccache,pip', 'run-access': 'off' },
      {},
      ['pip run-access-off', 'sccache builds-only', 'go builds-only'],
    ],
    ['builds that are off', { caches: 'go', 'build-caches': 'off' }, {}, ['go builds-off']],
    ['builds of all that are off', { caches: 'go' }, { 'build-caches': 'off' }, ['go builds-off']],
  ])('has its caches: %s', (_, values, global, expected) =>
    expect(caches(values, global)).toEqual(expected),
  )

  test('has the properties that are set, its own before those of all', () => {
    const global = { layout: 'neutral', caches: 'npm', 'max-size': '1GB', enabled: 'false' }
    expect(report({ layout: 'root', group: 'private' }, global).properties).toEqual([
      { key: 'group', value: 'private', scope: 'app' },
      { key: 'caches', value: 'npm', scope: 'global' },
      { key: 'layout', value: 'root', scope: 'app' },
    ])
    expect(report({}).properties).toEqual([])
  })

  test('has the effective values, and what was withheld', () => {
    const whole = report({ given: record([], [npm]), 'build-caches': 'off' }, { layout: 'root' })
    expect(whole).toMatchObject({
      ...{ app: 'web', buildCaches: 'off', withheld: [npm], settings: { layout: 'root' } },
      given: { layout: 'root', mounts: [], notes: [npm] },
    })
    expect(() => report({ given: '{' })).toThrow(KnownError)
  })
})
