import { describe, expect, it, test } from 'vitest'
import type { AppChange } from '../../../../src/foundation/core/app-changes'
import type { AppPlan } from '../../../../src/shared-cache/apps/core/plan'
import { NOTHING_GIVEN } from '../../../../src/shared-cache/apps/core/app'
import { type AppFacts, checkApps } from '../../../../src/shared-cache/doctor/core/apps'

describe('apps', () => {
  const plan: AppPlan = {
    app: 'shop',
    state: 'enabled',
    scheduler: 'docker-local',
    layout: 'neutral',
    isOutOfReach: false,
    steps: [],
    notes: [],
    directories: [],
    layoutReason: 'no-image',
    previousLayout: null,
    caches: [],
    system: '',
    newNotes: [],
    current: NOTHING_GIVEN,
    given: null,
  }
  const facts = (changed: Partial<AppPlan> = {}, app = 'shop'): AppFacts => ({
    app,
    plan: { ...plan, app, ...changed },
    env: {},
    error: null,
    damaged: [],
    inProgress: false,
    builds: [],
    isNewImage: false,
  })
  const check = (...apps: AppFacts[]) =>
    checkApps(apps, (app, { cache, why }) => ({ text: `${cache} ${why}`, remedy: `fix ${app}` }))
  const FIX = 'dokku shared-cache:doctor shop --fix'
  const place = { entry: null, readonly: false, options: '' }
  const mount = (cache: string) =>
    ({
      ...place,
      kind: 'mount',
      hostPath: `/srv/shared/${cache}`,
      containerPath: `/c/${cache}`,
    }) as const
  const unmount = (cache: string) => ({ ...mount(cache), kind: 'unmount' }) as const
  const set = (...names: string[]) =>
    ({ kind: 'set', values: Object.fromEntries(names.map((name) => [name, '1'])) }) as const

  it('are one line as long as they match their plans', () => {
    expect(check(facts(), facts({}, 'b'), facts({ state: 'disabled' }, 'c'))).toEqual([
      { name: 'apps', status: 'ok', text: '3 apps: 2 enabled, 1 disabled', remedy: null },
    ])
  })

  it('of another scheduler are named: only their Dockerfile builds use the caches', () => {
    expect(check(facts({ state: 'other-scheduler', scheduler: 'k3s' }))).toEqual([
      {
        name: 'apps',
        status: 'ok',
        text: '1 app: 0 enabled, 1 on another scheduler',
        remedy: null,
      },
      {
        name: 'app',
        status: 'ok',
        text: 'shop: its containers do not use the caches, only its Dockerfile builds: the scheduler is k3s',
        remedy: null,
      },
    ])
  })

  test.each<[string, readonly AppChange[], Record<string, string>, string]>([
    [
      'missing',
      [mount('pip'), mount('npm'), set('UV_LINK_MODE')],
      {},
      '2 mounts and 1 variable missing (npm, pip, uv)',
    ],
    [
      'different variables',
      [set('UV_LINK_MODE', 'PIP_CACHE_DIR')],
      { PIP_CACHE_DIR: '/x' },
      '1 variable missing (uv); 1 variable different (pip)',
    ],
    [
      'a different mount',
      [unmount('rust/git'), mount('rust/git')],
      {},
      '1 mount different (cargo)',
    ],
    [
      'unexpected',
      [{ kind: 'unset', keys: ['NPM_CONFIG_CACHE'] }, unmount('npm')],
      {},
      '1 mount and 1 variable unexpected (npm)',
    ],
    [
      'of no known cache',
      [{ ...mount('x'), hostPath: '/srv/other' }, set('OTHER')],
      {},
      '1 mount and 1 variable missing (/c/x, OTHER)',
    ],
  ])('differences are counted, with their caches: %s', (_, steps, env, text) => {
    expect(check({ ...facts({ steps }), env }).slice(1)).toEqual([
      { name: 'app', status: 'fail', text: `shop: ${text}`, remedy: FIX },
    ])
  })

  test.each<[string, AppFacts, 'ok' | 'warn' | 'fail', string, string | null]>([
    [
      'an app that is being created',
      { ...facts({ steps: [mount('pip')] }), inProgress: true },
      'ok',
      'shop: another command is giving it its caches now',
      null,
    ],
    [
      'an app with a new image',
      { ...facts({ steps: [mount('pip')] }), isNewImage: true },
      'ok',
      'shop: its next deploy, or dokku shared-cache:setup, adapts its mounts and variables to its new image or processes',
      null,
    ],
    [
      'a run that was killed',
      facts({ given: NOTHING_GIVEN }),
      'warn',
      'shop: the record of its mounts and variables is out of date',
      FIX,
    ],
    [
      'a record that cannot be read',
      { ...facts(), plan: null, damaged: ['given'] },
      'fail',
      'shop: cannot read its property given',
      FIX,
    ],
    [
      'an app that cannot be read',
      { ...facts(), plan: null, error: 'Unable to read the mounts' },
      'fail',
      'shop: Unable to read the mounts',
      null,
    ],
    [
      'caches that not all of its processes can reach',
      facts({ isOutOfReach: true }),
      'warn',
      'shop: its caches are in /root, which its processes that do not run as root cannot read',
      'dokku shared-cache:set shop layout auto',
    ],
    [
      'a cache that it does not get, with the remedy',
      facts({ notes: [{ cache: 'pip', why: 'image-files', what: '/x' }] }),
      'warn',
      'shop: pip image-files',
      'fix shop',
    ],
  ])('%s', (_, app, status, text, remedy) => {
    expect(check(app).slice(1)).toEqual([{ name: 'app', status, text, remedy }])
  })
})
