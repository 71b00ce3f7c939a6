import { describe, expect, test } from 'vitest'
import type { Mount } from '../../../../src/foundation/core/app-changes'
import type { AppState } from '../../../../src/shared-cache/apps/core/app'
import { planApp } from '../../../../src/shared-cache/apps/core/plan'
import { isOurs, seesBrowsers, wantedFor } from '../../../../src/shared-cache/apps/core/wanted'
import { ROOT, appState as state, rootImage } from '../../../support/app-state'

const SYSTEM = 'debian-12-amd64-glibc'
const settings = (over: Partial<AppState['settings']>) => ({ ...state().settings, ...over })
const mount = (hostPath: string, containerPath: string, over: Partial<Mount> = {}): Mount => ({
  ...{ entry: null, hostPath, containerPath, readonly: false, options: '' },
  ...over,
})
const unmounted = (over: Partial<AppState>) =>
  planApp(state(over), ROOT, true).steps.flatMap((step) =>
    step.kind === 'unmount' ? [`${step.hostPath}:${step.containerPath}`] : [],
  )

describe('whether this plugin may remove a mount', () => {
  const given = {
    ...state().given,
    mounts: [{ entry: null, host: `${ROOT}/pip`, container: '/root/.cache/pip' }],
  }
  const pending = {
    ...state().given,
    mounts: [{ entry: null, host: `${ROOT}/uv`, container: '/x/uv' }],
  }
  test.each<[string, Partial<AppState>, Mount, boolean]>([
    ['that it gave', { given }, mount(`${ROOT}/pip`, '/root/.cache/pip'), true],
    ['that it was giving when it was killed', { pending }, mount(`${ROOT}/uv`, '/x/uv'), true],
    ['made by hand, at its place', {}, mount(`${ROOT}/npm`, '/root/.cache/npm'), true],
    ['made by hand, all of cargo', {}, mount(`${ROOT}/rust`, '/root/.cargo'), true],
    [
      'of the same host directory at another place',
      { given },
      mount(`${ROOT}/pip`, '/data'),
      false,
    ],
    [
      'of another host directory at the same place',
      { given },
      mount('/srv', '/root/.cache/pip'),
      false,
    ],
    ['of a host directory of its own', {}, mount('/data', '/data'), false],
    ['made by hand, elsewhere', {}, mount(`${ROOT}/npm`, '/data/npm'), false],
    [
      'made by hand of a cache at the place of another',
      {},
      mount(`${ROOT}/npm`, '/root/.cache/uv'),
      false,
    ],
    [
      'made by hand of a cache that the app is not to have',
      { settings: settings({ caches: ['pip'] }) },
      mount(`${ROOT}/npm`, '/root/.cache/npm'),
      false,
    ],
    [
      'made by hand in a disabled app',
      { settings: settings({ enabled: false }) },
      mount(`${ROOT}/npm`, '/root/.cache/npm'),
      false,
    ],
    [
      'made by hand in an app of another scheduler',
      { scheduler: 'k3s' },
      mount(`${ROOT}/npm`, '/root/.cache/npm'),
      false,
    ],
  ])('%s', (_, over, one, expected) => expect(isOurs(state(over), ROOT, one)).toBe(expected))

  test('a mount that shares only one of the two paths is kept', () => {
    const off = { given, settings: settings({ enabled: false }) }
    const own = mount(`${ROOT}/pip`, '/root/.cache/pip')
    const others = [mount(`${ROOT}/pip`, '/data/pip'), mount('/srv/pip', '/root/.cache/pip')]
    expect(unmounted({ ...off, mounts: [own, ...others] })).toEqual([
      `${ROOT}/pip:/root/.cache/pip`,
    ])
    expect(unmounted({ ...off, mounts: others })).toEqual([])
  })
})

describe('a cache that was added by hand is adopted', () => {
  const byHand = (place: string, value: string): Partial<AppState> => ({
    mounts: [mount(`${ROOT}/pip`, place)],
    env: { PIP_CACHE_DIR: value },
  })
  const notes = (over: Partial<AppState>) => planApp(state(over), ROOT, true).notes

  test.each<[string, Partial<AppState>, string[]]>([
    ['where its variable points to its mount', byHand('/data/pip', '/data/pip'), []],
    ['whatever slashes are at the end', byHand('/data/pip', '/data/pip/'), []],
    ['not where it points elsewhere', byHand('/data/pip', '/data/other'), ['app-variable']],
    [
      'not where another directory is mounted',
      { ...byHand('/x', '/data/pip'), mounts: [mount('/srv', '/data/pip')] },
      ['app-variable'],
    ],
    [
      'where the variable has the right value already',
      { env: { PIP_CACHE_DIR: '/root/.cache/pip' } },
      [],
    ],
    ['where it has that with a slash', { env: { PIP_CACHE_DIR: '/root/.cache/pip/' } }, []],
  ])('%s', (_, over, why) => expect(notes(over).map((note) => note.why)).toEqual(why))
})

describe('another mount at the path of a cache excludes the cache', () => {
  const why = (over: Partial<AppState>) =>
    wantedFor(state(over), ROOT).notes.map(({ cache, what }) => `${cache} ${what}`)
  test.each<[string, Partial<AppState>, string[]]>([
    ['at the cache', { mounts: [mount('/srv', '/root/.cache/pip')] }, ['pip /root/.cache/pip']],
    [
      'at a part of it',
      { mounts: [mount('/srv', '/root/.cargo/git')] },
      ['cargo /root/.cargo/git'],
    ],
    [
      'at the place that uv has everywhere',
      { mounts: [mount('/srv', '/run/shared-cache/uv')] },
      ['uv /run/shared-cache/uv'],
    ],
    ['not below it', { mounts: [mount('/srv', '/root/.cache/pip/http')] }, []],
    ['not the right one', { mounts: [mount(`${ROOT}/pip`, '/root/.cache/pip')] }, []],
    [
      'not the one of the group',
      {
        settings: settings({ group: 'private' }),
        mounts: [mount(`${ROOT}/groups/private/pip`, '/root/.cache/pip')],
      },
      [],
    ],
  ])('%s', (_, over, expected) => expect(why(over)).toEqual(expected))
})

describe('what an app should have', () => {
  const caches = (over: Partial<AppState>, purpose?: 'run' | 'build') => [
    ...new Set(wantedFor(state(over), ROOT, purpose).mounts.map(({ cache }) => cache)),
  ]
  const all = settings({ caches: ['pip', 'go', 'sccache'] })
  test('in builds includes the caches of builds, but not those of Dockerfiles only', () => {
    expect(caches({ settings: all })).toEqual(['pip'])
    expect(caches({ settings: all }, 'run')).toEqual(['pip'])
    expect(caches({ settings: all }, 'build')).toEqual(['pip', 'go'])
  })
  test('has directories of its system for the caches that are separate by system', () => {
    const known = { settings: all, seen: { ...rootImage, system: SYSTEM } }
    expect(wantedFor(state(known), ROOT, 'build').directories).toEqual([
      `pip@${SYSTEM}`,
      `go@${SYSTEM}`,
    ])
    expect(wantedFor(state({ settings: all }), ROOT, 'build').directories).toEqual([])
    const grouped = { ...known, settings: { ...all, group: 'private' } }
    expect(wantedFor(state(grouped), ROOT).directories).toEqual([`private:pip@${SYSTEM}`])
  })
  test.each<[Partial<AppState>, string | undefined]>([
    [{}, '/root/.cache/uv'],
    [{ env: { UV_CACHE_DIR: '/root/.cache/uv' } }, '/root/.cache/uv'],
    [{ globalEnv: { UV_CACHE_DIR: '/root/.cache/uv' } }, '/root/.cache/uv'],
    [{ globalEnv: { UV_CACHE_DIR: '/x' } }, undefined],
    [
      { env: { UV_CACHE_DIR: '/root/.cache/uv' }, globalEnv: { UV_CACHE_DIR: '/x' } },
      '/root/.cache/uv',
    ],
  ])('%j: UV_CACHE_DIR is %s', (over, value) =>
    expect(wantedFor(state(over), ROOT).env['UV_CACHE_DIR']).toBe(value),
  )
  test.each<[string, Partial<AppState>, boolean]>([
    ['that is not set is given', {}, true],
    ['of the app that is right is given', { env: { UV_LINK_MODE: 'copy' } }, true],
    ['of the app stays', { env: { UV_LINK_MODE: 'clone' } }, false],
    ['of all apps stays', { globalEnv: { UV_LINK_MODE: 'clone' } }, false],
    ['of the image stays', { seen: { ...rootImage, env: { UV_LINK_MODE: 'clone' } } }, false],
    [
      'that was given once and differs now is given again',
      {
        env: { UV_LINK_MODE: 'hardlink' },
        given: { ...state().given, env: { UV_LINK_MODE: 'hardlink' } },
      },
      true,
    ],
  ])('a helper variable %s', (_, over, given) =>
    expect(wantedFor(state(over), ROOT).env['UV_LINK_MODE']).toBe(given ? 'copy' : undefined),
  )
})

describe('containers would look for browsers in the directory of a system', () => {
  const browsers = 'PLAYWRIGHT_BROWSERS_PATH'
  test.each<[string, Partial<AppState>, boolean]>([
    ['by default', {}, true],
    ['before there is an image', { seen: null }, true],
    ['whatever the image of now says', { seen: { ...rootImage, env: { [browsers]: '/x' } } }, true],
    [
      'whatever the image of now holds',
      { seen: { ...rootImage, places: ['/ms-playwright'] } },
      true,
    ],
    ['not where the app says where they are', { env: { [browsers]: '/x' } }, false],
    ['not where the cache is off', { settings: settings({ caches: ['pip'] }) }, false],
    ['not in a disabled app', { settings: settings({ enabled: false }) }, false],
    [
      'not read-only, which comes without variables',
      { settings: settings({ runAccess: 'ro' }) },
      false,
    ],
  ])('%s', (_, over, expected) => expect(seesBrowsers(state(over), ROOT, SYSTEM)).toBe(expected))
})
