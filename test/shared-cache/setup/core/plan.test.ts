import { describe, expect, test } from 'vitest'
import type { RawRecord } from '../../../../src/foundation/core/build-record'
import { planApp } from '../../../../src/shared-cache/apps/core/plan'
import type { CacheProblem } from '../../../../src/shared-cache/directories/core/problems'
import {
  type SetupPlan,
  changesAnything,
  changesCaches,
  excludedApps,
  unusedCacheMountBytes,
} from '../../../../src/shared-cache/setup/core/plan'
import { ROOT, appState } from '../../../support/app-state'

const settled: SetupPlan = { directories: [], host: { steps: [], builds: null }, apps: [] }
const missing: CacheProblem = { cache: 'pip', path: 'pip', kind: 'missing', problem: 'missing' }
const noAcls: CacheProblem = { cache: null, path: '', kind: 'acl', problem: 'no setfacl' }
const app = (enabled: boolean) =>
  planApp(appState({ settings: { ...appState().settings, enabled } }), ROOT, true)

describe('whether a plan changes anything', () => {
  test.each<[string, Partial<SetupPlan>, boolean, boolean]>([
    ['nothing', {}, false, false],
    ['a missing directory', { directories: [missing] }, true, true],
    ['ACLs that setup cannot set', { directories: [noAcls] }, false, false],
    [
      'the container',
      { host: { steps: [{ kind: 'container', name: 'c', image: 'i' }], builds: null } },
      false,
      true,
    ],
    ['an app', { apps: [app(true)] }, true, true],
    ['an excluded app', { apps: [app(false)] }, false, false],
  ])('%s', (_, over, caches, anything) => {
    const plan = { ...settled, ...over }
    expect([changesCaches(plan), changesAnything(plan)]).toEqual([caches, anything])
  })
})

test('excluded apps are named', () => {
  expect(excludedApps({ ...settled, apps: [app(true), { ...app(false), app: 'out' }] })).toEqual([
    'out',
  ])
})

describe('unused cache mounts', () => {
  const now = Date.parse('2026-01-10T12:00:00Z')
  const record = (over: Partial<RawRecord>) =>
    ({
      Type: 'exec.cachemount',
      Size: 100,
      InUse: false,
      CreatedAt: '2026-01-01T00:00:00Z',
      LastUsedAt: '2026-01-09T12:00:00Z',
      ...over,
    }) as RawRecord
  test.each<[string, Partial<RawRecord>, number]>([
    ['unused for a day', {}, 100],
    ['used within a day', { LastUsedAt: '2026-01-09T12:00:01Z' }, 0],
    ['in use', { InUse: true }, 0],
    ['never used, old', { LastUsedAt: null }, 100],
    ['never used, new', { LastUsedAt: null, CreatedAt: '2026-01-10T11:00:00Z' }, 0],
    ['a layer', { Type: 'regular' }, 0],
  ])('%s', (_, over, bytes) => expect(unusedCacheMountBytes([record(over)], now)).toBe(bytes))
})
