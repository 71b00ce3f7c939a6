import { describe, expect, test } from 'vitest'
import { formatGiven } from '../../../../src/shared-cache/apps/core/record'
import { appRows } from '../../../../src/shared-cache/report/core/app-report'

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
  test('says what it was given, and what was withheld and why', () =>
    expect(appRows('web', { given }, {})).toMatchObject({
      'given-layout': 'root',
      'given-mounts': '/data/shared/pip:/root/.cache/pip /data/shared/rust/git:/root/.cargo/git',
      'given-variables': 'PIP_CACHE_DIR=/root/.cache/pip CARGO_HOME=/root/.cargo',
      withheld: 'npm (app-mount /root/.cache/npm), uv (builder pack)',
    }))
  test('is empty of an app that was given nothing', () =>
    expect(appRows('web', {}, {})).toMatchObject({
      ...{ 'given-layout': '', 'given-mounts': '', 'given-variables': '', withheld: '' },
    }))
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
  test('is refused where the record is damaged', () =>
    expect(() => appRows('web', { given: '{' }, {})).toThrow('is damaged'))
})
