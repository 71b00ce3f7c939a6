import { expect, test } from 'vitest'
import type { Mount } from '../../../../src/foundation/core/app-changes'
import { appRows, globalRows } from '../../../../src/persist/report/core/rows'
import { sampleVolumeReport } from '../../../support/volumes'

const mount = (hostPath: string, containerPath: string, readonly = false): Mount => ({
  entry: null,
  hostPath,
  containerPath,
  readonly,
  options: '',
})

test.each([
  ['no mounts', [], { 'mount-count': '0', mounts: '' }],
  ['one mount', [mount('/h', '/c')], { 'mount-count': '1', mounts: '/h:/c' }],
  [
    'a read-only mount',
    [mount('/h', '/c'), mount('vol', '/d', true)],
    { 'mount-count': '2', mounts: '/h:/c vol:/d:ro' },
  ],
])('the rows of an app with %s', (_, mounts, rows) =>
  expect(appRows(mounts, {}, [])).toMatchObject(rows),
)

const volumesOf = (app: string) =>
  sampleVolumeReport().volumes.filter((volume) => volume.app === app)

test.each([
  [
    'none',
    {
      ...{ 'volume-count': '0', volumes: '', 'volume-bytes': '', 'volume-files': '' },
      ...{ 'volume-growth-per-day': '', 'volume-days-until-full': '', 'volumes-over-limit': '' },
    },
  ],
  [
    'shop',
    {
      ...{ 'volume-count': '2', volumes: 'uploads:/app/uploads logs:/app/uploads' },
      ...{ 'volume-bytes': '13200000000', 'volume-files': '2060' },
      ...{ 'volume-growth-per-day': '310000000', 'volume-days-until-full': '0' },
      'volumes-over-limit': 'logs',
    },
  ],
])('the rows of the volumes of %s', (app, rows) =>
  expect(appRows([], {}, volumesOf(app))).toMatchObject(rows),
)

test('the rows of properties', () =>
  expect(appRows([], { 'warn-at': '80%' }, [])).toMatchObject({ 'warn-at': '80%' }))

test('the rows of all apps', () =>
  expect(globalRows('1.2.3', '/s', { 'computed-warn-at': '80%' })).toEqual({
    ...{ 'storage-root': '/s', version: '1.2.3', 'computed-warn-at': '80%' },
  }))
