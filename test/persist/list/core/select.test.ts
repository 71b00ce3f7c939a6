import { describe, expect, test } from 'vitest'
import { selectVolumes } from '../../../../src/persist/list/core/select'
import { sampleVolume } from '../../../support/volumes'

const ALL = [
  sampleVolume({ entry: 'zoo-b', app: 'zoo', path: '/b' }),
  sampleVolume({ entry: 'zoo-a', app: 'zoo', path: '/a' }),
  sampleVolume({ entry: 'lost', app: null, formerApp: 'shop', path: '/lost' }),
  sampleVolume({ entry: 'shop-a', app: 'shop', path: '/a' }),
  sampleVolume({ entry: 'gone-a', app: 'gone', path: '/a' }),
]
const APPS = ['shop', 'zoo']

describe('the listed volumes', () => {
  test.each<[string, { app?: string; orphans?: boolean }, string[]]>([
    [
      'all, by app and path, those without an app last',
      {},
      ['shop-a', 'zoo-a', 'zoo-b', 'gone-a', 'lost'],
    ],
    ['of an app', { app: 'zoo' }, ['zoo-a', 'zoo-b']],
    ['of an app without those that it gave up', { app: 'shop' }, ['shop-a']],
    ['without an app', { orphans: true }, ['gone-a', 'lost']],
    ['without an app that one had', { orphans: true, app: 'shop' }, ['lost']],
    ['without an app that a destroyed one had', { orphans: true, app: 'gone' }, ['gone-a']],
    ['of an app that has none', { app: 'none' }, []],
  ])('%s', (_, { app, orphans = false }, entries) => {
    const chosen = selectVolumes(ALL, APPS, { app, orphans })
    expect(chosen.map(({ entry }) => entry)).toEqual(entries)
  })
})
