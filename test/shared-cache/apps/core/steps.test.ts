import { describe, expect, test } from 'vitest'
import type { Mount } from '../../../../src/foundation/core/app-changes'
import { type AppState, NOTHING_GIVEN } from '../../../../src/shared-cache/apps/core/app'
import { planApp } from '../../../../src/shared-cache/apps/core/plan'
import { ROOT, appState as state, rootImage } from '../../../support/app-state'

const settings = (over: Partial<AppState['settings']>) => ({ ...state().settings, ...over })
const npm = settings({ caches: ['npm'] })
const mount = (over: Partial<Mount> = {}): Mount => ({
  ...{ entry: null, hostPath: `${ROOT}/npm`, containerPath: '/root/.cache/npm' },
  ...{ readonly: false, options: '' },
  ...over,
})
const ENV = {
  NPM_CONFIG_CACHE: '/root/.cache/npm',
  NPM_CONFIG_LOGS_MAX: '0',
  NPM_CONFIG_UPDATE_NOTIFIER: 'false',
}
const record = (entry: string | null = null) => ({
  ...{ layout: 'root' as const, env: ENV, notes: [] },
  mounts: [{ entry, host: `${ROOT}/npm`, container: '/root/.cache/npm' }],
})
/** An app that already has its cache. */
const settled = { settings: npm, mounts: [mount()], env: ENV, given: record() }
const plan = (over: Partial<AppState>, named = true) => planApp(state(over), ROOT, named)

describe('the record of an app', () => {
  test('has what the app gets, with variables in order', () => {
    const { given } = plan({ settings: npm })
    expect(given).toEqual(record('shared-cache-npm'))
    expect(Object.keys(given?.env ?? {})).toEqual(Object.keys(ENV).sort())
  })
  test('has no entries on a Dokku without entries', () =>
    expect(plan({ settings: npm }, false).given).toEqual(record()))
  test('has the existing entry', () => {
    const there = { settings: npm, mounts: [mount({ entry: 'mine' })] }
    expect(plan(there).given).toEqual(record('mine'))
    expect(plan(there, false).given).toEqual(record('mine'))
  })
  test('has no layout if nothing is mounted', () =>
    expect(plan({ settings: settings({ caches: [] }), given: record() }).given).toEqual({
      ...NOTHING_GIVEN,
    }))

  test.each<[string, Partial<AppState>, boolean]>([
    ['stays what it is where nothing changes', {}, true],
    ['also where Dokku gave the mount an entry', { given: record('legacy') }, true],
    ['is written where a run was killed', { pending: record() }, false],
    ['is written where it says another layout', { given: { ...record(), layout: null } }, false],
    ['is written where it says other variables', { given: { ...record(), env: {} } }, false],
    ['is written where it says other mounts', { given: { ...record(), mounts: [] } }, false],
  ])('%s', (_, over, same) => {
    const { steps, given } = plan({ ...settled, ...over })
    expect(steps).toEqual([])
    expect(given === null).toBe(same)
  })
})

describe('what an app currently has of its record', () => {
  test('is its mounts, and the values that are set', () => {
    const other = { entry: null, host: `${ROOT}/npm`, container: '/elsewhere' }
    const given = { ...record(), mounts: [...record().mounts, other] }
    const { current: held } = plan({ ...settled, given, env: { ...ENV, NPM_CONFIG_CACHE: '/own' } })
    expect(held.mounts).toEqual(record().mounts)
    expect(held.env).toEqual({ NPM_CONFIG_LOGS_MAX: '0', NPM_CONFIG_UPDATE_NOTIFIER: 'false' })
  })
  test('includes what a killed run added, each once', () => {
    const pending = record()
    expect(plan({ ...settled, pending }).current.mounts).toEqual(pending.mounts)
    expect(plan({ ...settled, given: NOTHING_GIVEN, pending }).current).toMatchObject({
      ...{ mounts: pending.mounts, env: ENV },
    })
  })
})

describe('the steps of a plan', () => {
  const kinds = (over: Partial<AppState>, named = true) =>
    plan(over, named).steps.map((step) => step.kind)
  const readonly = mount({ readonly: true })
  test.each<[string, Partial<AppState>, boolean, string[]]>([
    ['mount before they set', { settings: npm }, true, ['mount', 'set']],
    [
      'unset before they unmount',
      { ...settled, settings: settings({ caches: [] }) },
      true,
      ['unset', 'unmount'],
    ],
    [
      'set only what differs',
      {
        ...settled,
        env: { ...ENV, NPM_CONFIG_LOGS_MAX: '9' },
        given: { ...record(), env: { ...ENV, NPM_CONFIG_LOGS_MAX: '9' } },
      },
      true,
      ['set'],
    ],
    [
      'replace a mount of another mode',
      { ...settled, mounts: [readonly] },
      true,
      ['unmount', 'mount'],
    ],
    [
      'update a named entry of another mode in place',
      { ...settled, mounts: [mount({ readonly: true, entry: 'shared-cache-npm' })] },
      true,
      ['mount'],
    ],
    [
      'replace another entry of another mode',
      { ...settled, mounts: [mount({ readonly: true, entry: 'mine' })] },
      true,
      ['unmount', 'mount'],
    ],
    ['remove one of two', { ...settled, mounts: [readonly, mount()] }, true, ['unmount']],
    [
      'remove what is in the place of another before that comes',
      { ...settled, settings: settings({ caches: ['npm'], group: 'private' }) },
      true,
      ['unmount', 'mount'],
    ],
  ])('%s', (_, over, named, expected) => expect(kinds(over, named)).toEqual(expected))
  test('name what they set, and no more', () => {
    const changed = { ...ENV, NPM_CONFIG_LOGS_MAX: '9' }
    const { steps } = plan({ ...settled, env: changed, given: { ...record(), env: changed } })
    expect(steps).toEqual([{ kind: 'set', values: { NPM_CONFIG_LOGS_MAX: '0' } }])
  })
})

describe('a plan', () => {
  test.each<[Partial<AppState>, string]>([
    [{}, 'enabled'],
    [{ settings: settings({ enabled: false }) }, 'disabled'],
    [{ scheduler: 'k3s' }, 'other-scheduler'],
    [{ scheduler: 'k3s', settings: settings({ enabled: false }) }, 'disabled'],
  ])('with %j: the app is %s', (over, expected) => {
    expect(plan(over).state).toBe(expected)
    expect(plan(over)).toMatchObject({ app: 'web', scheduler: over.scheduler ?? 'docker-local' })
  })
  test('reports unreachable caches only if there are caches', () => {
    const closed = { seen: { ...rootImage, user: 'app' } }
    const given = { ...closed, settings: settings({ layout: 'root' }) }
    expect(plan(given).isOutOfReach).toBe(true)
    expect(
      plan({ ...closed, settings: settings({ layout: 'root', caches: [] }) }).isOutOfReach,
    ).toBe(false)
  })
})
