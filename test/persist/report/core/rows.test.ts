import { expect, test } from 'vitest'
import type { Mount } from '../../../../src/foundation/core/app-changes'
import { appRows, globalRows } from '../../../../src/persist/report/core/rows'

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
])('the rows of an app with %s', (_, mounts, rows) => expect(appRows(mounts)).toEqual(rows))

test('the rows of all apps', () =>
  expect(globalRows('1.2.3', '/s')).toEqual({ 'storage-root': '/s', version: '1.2.3' }))
