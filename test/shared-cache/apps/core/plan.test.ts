import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AppChange, Mount } from '../../../../src/foundation/core/app-changes'
import type { AppState } from '../../../../src/shared-cache/apps/core/app'
import { type AppPlan, planApp } from '../../../../src/shared-cache/apps/core/plan'
import { CATALOGUE } from '../../../../src/shared-cache/catalogue/core/catalogue'
import { formatGiven, parseGiven } from '../../../../src/shared-cache/apps/core/record'
import { ROOT, appState as state, rootImage } from '../../../support/app-state'

const settings = (over: Partial<AppState['settings']>) => ({ ...state().settings, ...over })

function mount(hostPath: string, containerPath: string, over: Partial<Mount> = {}): Mount {
  return { entry: null, hostPath, containerPath, readonly: false, options: '', ...over }
}

/** Dokku's state after a step, for replaying plans. */
function apply(now: AppState, step: AppChange): AppState {
  switch (step.kind) {
    case 'mount': {
      const { entry, hostPath, containerPath, readonly } = step
      // A named entry is updated in place; in the older form `:ro` is another mount.
      const others = now.mounts.filter(
        (m) => entry === null || m.hostPath !== hostPath || m.containerPath !== containerPath,
      )
      const added = { entry, hostPath, containerPath, readonly, options: '' }
      return { ...now, mounts: [...others, added] }
    }
    case 'unmount':
      return {
        ...now,
        mounts: now.mounts.filter(
          (m) =>
            m.hostPath !== step.hostPath ||
            m.containerPath !== step.containerPath ||
            m.readonly !== step.readonly,
        ),
      }
    case 'set':
      return { ...now, env: { ...now.env, ...step.values } }
    case 'unset':
      return {
        ...now,
        env: Object.fromEntries(Object.entries(now.env).filter(([k]) => !step.keys.includes(k))),
      }
  }
}

/** Applies the first `steps` steps of the plan, with the record as on the host. */
function run(now: AppState, steps = Infinity, named = true): AppState {
  const plan = planApp(now, ROOT, named)
  if (plan.given === null) return now
  let after: AppState = { ...now, given: plan.current, pending: plan.given }
  for (const step of plan.steps.slice(0, steps)) after = apply(after, step)
  return steps >= plan.steps.length ? { ...after, given: plan.given, pending: null } : after
}

const places = (plan: AppPlan) =>
  plan.steps.flatMap((s) => (s.kind === 'mount' ? [s.containerPath] : []))
const values = (plan: AppPlan) =>
  Object.assign({}, ...plan.steps.map((s) => (s.kind === 'set' ? s.values : {}))) as Record<
    string,
    string
  >

describe('the layout of containers', () => {
  const layout = (over: Partial<AppState>) => planApp(state(over), ROOT, true).layout
  test.each<[string, Partial<AppState>, string]>([
    ['an image of root whose processes are root: root', {}, 'root'],
    ['USER root:root', { seen: { ...rootImage, user: 'root:root' } }, 'root'],
    ['USER 0', { seen: { ...rootImage, user: '0' } }, 'root'],
    ['no image yet', { seen: null }, 'neutral'],
    ['USER app', { seen: { ...rootImage, user: 'app' } }, 'neutral'],
    ['USER 1000:0', { seen: { ...rootImage, user: '1000:0' } }, 'neutral'],
    ['an entry point that changes user', { seen: { ...rootImage, processes: 'other' } }, 'neutral'],
    ['processes never seen', { seen: { ...rootImage, processes: 'unknown' } }, 'neutral'],
    ['a --user option', { userOption: true }, 'neutral'],
    [
      'herokuish, even when set to root',
      { builder: 'herokuish', settings: settings({ layout: 'root' }) },
      'neutral',
    ],
    ['pack', { seen: { ...rootImage, builder: 'pack' } }, 'neutral'],
    ['set to neutral', { settings: settings({ layout: 'neutral' }) }, 'neutral'],
    [
      'set to root without an image',
      { seen: null, settings: settings({ layout: 'root' }) },
      'root',
    ],
  ])('%s', (_, over, expected) => expect(layout(over)).toBe(expected))
})

describe('whether all processes of an app can reach its caches', () => {
  const root = settings({ layout: 'root' })
  test.each<[string, Partial<AppState>, boolean]>([
    ['root alone', {}, true],
    ['root alone, set to root', { settings: root }, true],
    ['USER app, set to root', { settings: root, seen: { ...rootImage, user: 'app' } }, false],
    ['USER app, at neutral places', { seen: { ...rootImage, user: 'app' } }, true],
    [
      'an entry point that changes user, set to root',
      { settings: root, seen: { ...rootImage, processes: 'other' } },
      false,
    ],
    ['a --user option, set to root', { settings: root, userOption: true }, false],
    ['nothing seen yet, set to root', { settings: root, seen: null }, true],
    [
      'herokuish, which is never at /root',
      { settings: root, builder: 'herokuish', seen: { ...rootImage, processes: 'other' } },
      true,
    ],
    [
      'an app that is given nothing',
      { settings: settings({ layout: 'root', enabled: false }), userOption: true },
      true,
    ],
  ])('%s', (_, over, expected) =>
    expect(planApp(state(over), ROOT, true).isOutOfReach).toBe(!expected),
  )
})

describe('an app without settings', () => {
  test('as root gets the usual paths of Dockerfiles', () =>
    expect(places(planApp(state(), ROOT, true))).toEqual([
      '/root/.cache/pip',
      '/root/.cache/uv',
      '/run/shared-cache/uv',
      '/root/.cache/npm',
      '/root/.cache/ms-playwright',
      '/root/.cargo/registry',
      '/root/.cargo/git',
      '/root/.cargo/.package-cache',
      '/root/.cargo/.package-cache-mutate',
    ]))

  test('as another user gets the neutral paths', () =>
    expect(places(planApp(state({ seen: null }), ROOT, true)).slice(0, 6)).toEqual([
      '/var/cache/shared-cache/pip',
      '/var/cache/shared-cache/uv',
      '/run/shared-cache/uv',
      '/var/cache/shared-cache/npm',
      '/var/cache/shared-cache/ms-playwright',
      '/var/cache/shared-cache/rust/registry',
    ]))

  test('gets all variables in one call', () => {
    const plan = planApp(state(), ROOT, true)
    expect(plan.steps.filter((s) => s.kind === 'set')).toHaveLength(1)
    expect(values(plan)).toEqual({
      PIP_CACHE_DIR: '/root/.cache/pip',
      UV_CACHE_DIR: '/root/.cache/uv',
      UV_LINK_MODE: 'copy',
      NPM_CONFIG_CACHE: '/root/.cache/npm',
      NPM_CONFIG_LOGS_MAX: '0',
      NPM_CONFIG_UPDATE_NOTIFIER: 'false',
      PLAYWRIGHT_BROWSERS_PATH: '/root/.cache/ms-playwright',
      PLAYWRIGHT_SKIP_BROWSER_GC: '1',
      CARGO_HOME: '/root/.cargo',
      CARGO_CACHE_AUTO_CLEAN_FREQUENCY: 'never',
    })
  })

  test('files are mounted in the older form, directories by entry', () => {
    const entries = planApp(state(), ROOT, true).steps.flatMap((s) =>
      s.kind === 'mount' ? [s.entry] : [],
    )
    expect(entries.slice(-4)).toEqual([
      'shared-cache-rust-registry',
      'shared-cache-rust-git',
      null,
      null,
    ])
  })

  test('a Dokku without named entries gets only the older form', () =>
    expect(
      planApp(state(), ROOT, false).steps.every((s) => s.kind !== 'mount' || s.entry === null),
    ).toBe(true))

  test('a second run changes nothing', () => {
    const again = planApp(run(state()), ROOT, true)
    expect([again.steps, again.given]).toEqual([[], null])
  })

  test('a Dokku that was upgraded to entries changes nothing', () => {
    const older = run(state(), Infinity, false)
    const upgraded = {
      ...older,
      mounts: older.mounts.map((m) => ({ ...m, entry: 'legacy-0123456789' })),
    }
    const plan = planApp(upgraded, ROOT, true)
    expect([plan.steps, plan.given]).toEqual([[], null])
  })
})

describe('an app whose system is known', () => {
  const system = 'debian-12-amd64-glibc'
  const onDebian = state({ seen: { ...rootImage, system } })

  test('gets the directory of its system, for tools that build', () =>
    expect(values(planApp(onDebian, ROOT, true))).toMatchObject({
      PIP_CACHE_DIR: `/root/.cache/pip/${system}`,
      PLAYWRIGHT_BROWSERS_PATH: `/root/.cache/ms-playwright/${system}`,
      NPM_CONFIG_CACHE: '/root/.cache/npm',
      CARGO_HOME: '/root/.cargo',
    }))
  test('has uv at one path that is the same for every app', () => {
    const neutral = state({ seen: { ...rootImage, user: 'app', system } })
    for (const app of [onDebian, neutral]) {
      expect(values(planApp(app, ROOT, true))['UV_CACHE_DIR']).toBe(
        `/run/shared-cache/uv/${system}`,
      )
      expect(places(planApp(app, ROOT, true))).toContain('/run/shared-cache/uv')
    }
  })
  test('still mounts whole caches, and names the directories that must exist', () => {
    const plan = planApp(onDebian, ROOT, true)
    expect(places(plan)).toEqual(places(planApp(state(), ROOT, true)))
    expect(plan.directories).toEqual([`pip@${system}`, `uv@${system}`, `playwright@${system}`])
  })
  test('moves when its tag moves to another system', () => {
    const before = run(onDebian)
    const after = planApp(
      { ...before, seen: { ...rootImage, system: 'debian-13-amd64-glibc' } },
      ROOT,
      true,
    )
    expect(values(after)['PIP_CACHE_DIR']).toBe('/root/.cache/pip/debian-13-amd64-glibc')
    expect(after.steps.map((step) => step.kind)).toEqual(['set'])
  })
})

describe('an app in a group', () => {
  const apart = settings({ group: 'private' })

  test('has the caches of its group, under separate entries', () => {
    const { steps } = planApp(state({ settings: apart }), ROOT, true)
    expect(steps[0]).toMatchObject({
      kind: 'mount',
      entry: 'shared-cache-private-pip',
      hostPath: `${ROOT}/groups/private/pip`,
      containerPath: '/root/.cache/pip',
    })
  })
  test('loses the common caches when it joins, and gets them back', () => {
    const before = run(state())
    const moved = run({ ...before, settings: apart })
    const hosts = moved.mounts.map((m) => m.hostPath)
    expect(hosts.every((host) => host.startsWith(`${ROOT}/groups/private/`))).toBe(true)
    expect(hosts).toHaveLength(before.mounts.length)
    expect(run({ ...moved, settings: settings({}) }).mounts).toEqual(before.mounts)
  })
  test('adopts mounts made by hand, and moves them too', () => {
    const byHand = state({ settings: apart, mounts: [mount(`${ROOT}/pip`, '/root/.cache/pip')] })
    expect(run(byHand).mounts.map((m) => m.hostPath)).not.toContain(`${ROOT}/pip`)
  })
  test('never has two mounts at one path, after any step', () => {
    const before = { ...run(state()), settings: apart }
    for (let steps = 0; steps <= planApp(before, ROOT, true).steps.length; steps += 1) {
      const at = run(before, steps).mounts.map((m) => m.containerPath)
      expect(new Set(at).size).toBe(at.length)
    }
  })
})

describe('what an app or its image already has', () => {
  const plan = (over: Partial<AppState>) => planApp(state(over), ROOT, true)
  test('a variable of the app is kept, and a note names its cache, which is left out', () => {
    const { notes, steps } = plan({ env: { PIP_CACHE_DIR: '/data/pip' } })
    expect(notes).toEqual([{ cache: 'pip', why: 'app-variable', what: 'PIP_CACHE_DIR' }])
    expect(JSON.stringify(steps)).not.toContain('pip')
  })
  test('a variable that the operator set for all apps is kept too', () =>
    expect(plan({ globalEnv: { PIP_CACHE_DIR: '/data/pip' } }).notes).toEqual([
      { cache: 'pip', why: 'app-variable', what: 'PIP_CACHE_DIR' },
    ]))
  test('a helper variable of the app is kept, and the app still gets the cache', () => {
    const { notes, steps } = plan({ env: { UV_LINK_MODE: 'symlink' } })
    expect(notes).toEqual([{ cache: 'uv', why: 'app-variable', what: 'UV_LINK_MODE' }])
    expect(JSON.stringify(steps)).toContain('/root/.cache/uv')
    expect(JSON.stringify(steps)).not.toContain('UV_LINK_MODE')
  })
  test('a mount of the app at the same path is kept', () =>
    expect(plan({ mounts: [mount('/data/own', '/root/.cache/npm')] }).notes).toEqual([
      { cache: 'npm', why: 'app-mount', what: '/root/.cache/npm' },
    ]))
  test("a mount of the app at cargo's home excludes the whole cargo cache", () =>
    expect(plan({ mounts: [mount('/data/own', '/root/.cargo')] }).notes).toEqual([
      { cache: 'cargo', why: 'app-mount', what: '/root/.cargo' },
    ]))
  test('a variable of the image is never overridden', () => {
    const seen = { ...rootImage, env: { PLAYWRIGHT_BROWSERS_PATH: '/ms-playwright' } }
    const { notes, steps } = plan({ seen })
    expect(notes).toEqual([
      { cache: 'playwright', why: 'image-variable', what: 'PLAYWRIGHT_BROWSERS_PATH' },
    ])
    expect(JSON.stringify(steps)).not.toContain('PLAYWRIGHT')
  })
  test('an image that sets the default path for npm gets the mount there and keeps its variable', () => {
    const seen = { ...rootImage, env: { NPM_CONFIG_CACHE: '/root/.cache/npm/' } }
    expect(places(plan({ seen }))).toContain('/root/.cache/npm')
    expect(values(plan({ seen }))).not.toHaveProperty('NPM_CONFIG_CACHE')
  })
  test('an image that sets it for pip does not: what pip builds is for one system', () =>
    expect(
      plan({ seen: { ...rootImage, env: { PIP_CACHE_DIR: '/root/.cache/pip' } } }).notes,
    ).toEqual([{ cache: 'pip', why: 'image-variable', what: 'PIP_CACHE_DIR' }]))
  test('an image with its own CARGO_HOME gets the mounts there and keeps its variable', () => {
    const seen = { ...rootImage, user: 'app', env: { CARGO_HOME: '/usr/local/cargo' } }
    expect(places(plan({ seen }))).toContain('/usr/local/cargo/registry')
    expect(values(plan({ seen }))).not.toHaveProperty('CARGO_HOME')
  })
  test('browsers in the image are not hidden by a mount', () =>
    expect(plan({ seen: { ...rootImage, places: ['/root/.cache/ms-playwright'] } }).notes).toEqual([
      { cache: 'playwright', why: 'image-files', what: '/root/.cache/ms-playwright' },
    ]))
  test('nor by a variable with another path', () =>
    expect(
      plan({ seen: { ...rootImage, user: 'app', places: ['/home/app/.cache/ms-playwright'] } })
        .notes,
    ).toEqual([
      { cache: 'playwright', why: 'image-files', what: '/home/app/.cache/ms-playwright' },
    ]))
  test('a cache is removed from an app whose new image has files at its path', () => {
    const given = run(state())
    const next = { ...given, seen: { ...rootImage, places: ['/root/.cache/ms-playwright'] } }
    const { steps } = planApp(next, ROOT, true)
    expect(steps.map((s) => s.kind)).toEqual(['unset', 'unmount'])
  })
})

describe('caches that a builder manages itself', () => {
  test.each([
    ['herokuish', ['npm', 'pnpm', 'yarn']],
    ['pack', ['pip', 'uv']],
    ['dockerfile', []],
    ['nixpacks', []],
    ['railpack', []],
    ['', []],
  ])('%s: %j', (builder, left) => {
    const all = settings({ caches: CATALOGUE.map(({ name }) => name) })
    const now = state({ settings: all, seen: { ...rootImage, builder } })
    const plan = planApp(now, ROOT, true)
    expect(plan.notes).toEqual(left.map((cache) => ({ cache, why: 'builder', what: builder })))
    for (const name of left)
      expect(JSON.stringify(plan.steps)).not.toMatch(new RegExp(`/${name}\\b`))
  })
  test('are removed before its first build', () => {
    const { steps } = planApp({ ...run(state({ seen: null })), builder: 'pack' }, ROOT, true)
    expect(steps.flatMap((step) => (step.kind === 'unset' ? step.keys : []))).toEqual(
      expect.arrayContaining(['PIP_CACHE_DIR', 'UV_CACHE_DIR', 'UV_LINK_MODE']),
    )
  })
  test('a variable of the app is not removed', () => {
    const plan = planApp(
      state({ env: { PIP_CACHE_DIR: '/data/pip' }, builder: 'pack' }),
      ROOT,
      true,
    )
    expect(JSON.stringify(plan.steps)).not.toContain('PIP_CACHE_DIR')
  })
})

describe('a host that was set up by hand', () => {
  const byHand = state({
    mounts: [
      mount(`${ROOT}/pip`, '/root/.cache/pip', { entry: 'legacy-1111111111' }),
      mount(`${ROOT}/ms-playwright`, '/root/.cache/ms-playwright', { entry: 'mine', options: 'z' }),
      mount(`${ROOT}/rust`, '/root/.cargo'),
    ],
    env: { PIP_CACHE_DIR: '/root/.cache/pip', CARGO_HOME: '/root/.cargo', OWN: '1' },
  })

  test('keeps correct mounts, and replaces the whole cargo mount', () => {
    const { steps } = planApp(byHand, ROOT, true)
    expect(places(planApp(byHand, ROOT, true))).not.toContain('/root/.cache/pip')
    expect(steps.at(-1)).toMatchObject({ kind: 'unmount', containerPath: '/root/.cargo' })
  })
  test('is adopted: disabling removes it, and nothing else', () => {
    const over = run(byHand)
    const off = run({ ...over, settings: settings({ enabled: false }) })
    expect([off.mounts, off.env]).toEqual([[], { OWN: '1' }])
  })
  test('moves to the neutral paths if the app does not run as root', () => {
    const over = run({ ...byHand, seen: { ...rootImage, user: 'app' } })
    expect(over.env['PIP_CACHE_DIR']).toBe('/var/cache/shared-cache/pip')
    expect(over.mounts.map((m) => m.containerPath)).not.toContain('/root/.cache/pip')
  })
  test('is not changed if the app is disabled', () =>
    expect(
      planApp({ ...byHand, settings: settings({ enabled: false }) }, ROOT, true).steps,
    ).toEqual([]))
})

describe('an app that should have nothing', () => {
  const full = run(state({ env: { OWN: '1' }, mounts: [mount('/data', '/data')] }))
  test.each<[string, Partial<AppState>]>([
    ['disabled', { settings: settings({ enabled: false }) }],
    ['run-access off', { settings: settings({ runAccess: 'off' }) }],
    ['moved to another scheduler', { scheduler: 'k3s' }],
    ['no caches chosen', { settings: settings({ caches: [] }) }],
  ])('%s: exactly what was added is removed', (_, over) => {
    const after = run({ ...full, ...over })
    expect(after.mounts).toEqual([mount('/data', '/data')])
    expect(after.env).toEqual({ OWN: '1' })
    expect(formatGiven({ given: after.given, pending: after.pending })).toBe('')
  })
  test('a value that the app changed meanwhile is kept', () => {
    const changed = { ...full, env: { ...full.env, PIP_CACHE_DIR: '/data/pip' } }
    const after = run({ ...changed, settings: settings({ enabled: false }) })
    expect(after.env).toEqual({ OWN: '1', PIP_CACHE_DIR: '/data/pip' })
  })
  test('a cache that the last build did not get: variables are removed, mounts stay', () => {
    const after = run({ ...full, withoutVariables: ['pip'] })
    expect(after.mounts).toEqual(full.mounts)
    const others = Object.entries(full.env).filter(([name]) => name !== 'PIP_CACHE_DIR')
    expect(after.env).toEqual(Object.fromEntries(others))
    expect(run({ ...after, withoutVariables: [] }).env).toEqual(full.env)
  })
  test('an app of another scheduler that never got anything is not changed', () =>
    expect(planApp(state({ scheduler: 'k3s' }), ROOT, true).steps).toEqual([]))
  test.each([true, false])(
    'read-only and back leaves no duplicate mount (named entries: %s)',
    (named) => {
      const start = run(state(), Infinity, named)
      const ro = run({ ...start, settings: settings({ runAccess: 'ro' }) }, Infinity, named)
      expect(ro.mounts.map((m) => m.readonly)).toEqual(start.mounts.map(() => true))
      const back = run({ ...ro, settings: settings({}) }, Infinity, named)
      expect(back.mounts.map((m) => m.readonly)).toEqual(start.mounts.map(() => false))
    },
  )
  test('a path mounted both writable and read-only is mounted once afterwards', () => {
    const twice = [false, true].map((readonly) =>
      mount(`${ROOT}/pip`, '/root/.cache/pip', { readonly }),
    )
    const { steps } = planApp(state({ mounts: twice }), ROOT, false)
    expect(steps).toContainEqual({ kind: 'unmount', ...twice[1] })
  })
  test('read-only: mounts without variables', () => {
    const after = run(state({ settings: settings({ runAccess: 'ro' }) }))
    expect(after.mounts.every((m) => m.readonly)).toBe(true)
    expect(after.env).toEqual({})
  })
})

const anySettings = fc.record({
  enabled: fc.boolean(),
  caches: fc.subarray(CATALOGUE.map((c) => c.name)),
  layout: fc.constantFrom('auto' as const, 'root' as const, 'neutral' as const),
  runAccess: fc.constantFrom('rw' as const, 'ro' as const, 'off' as const),
  group: fc.constant(''),
})
const anyGroup = fc.constantFrom('', 'private')
const COPIED = {
  place: '/root/.cache/ms-playwright',
  directory: 'playwright@debian-12-amd64-glibc',
  modified: '2026-01-02T03:04:05.6Z',
  needed: ['chromium-1187'],
}
const anySeen = fc.option(
  fc.record({
    image: fc.constant('sha256:2'),
    user: fc.constantFrom('', 'app'),
    env: fc.constantFrom<Record<string, string>>(
      {},
      { CARGO_HOME: '/usr/local/cargo' },
      { PIP_CACHE_DIR: '/x' },
    ),
    places: fc.subarray(['/root/.cache/pip', '/root/.cache/ms-playwright', '/ms-playwright']),
    copied: fc.constantFrom([], [COPIED]),
    system: fc.constantFrom('', 'debian-12-amd64-glibc', 'alpine-3.20-amd64-musl'),
    builder: fc.constantFrom('', 'dockerfile', 'herokuish'),
    processes: fc.constantFrom('root' as const, 'other' as const),
  }),
)
const anyState = fc
  .record({
    settings: anySettings,
    seen: anySeen,
    scheduler: fc.constantFrom('docker-local', 'docker-local', 'k3s'),
    env: fc.constantFrom<Record<string, string>>(
      {},
      { OWN: '1' },
      { PIP_CACHE_DIR: '/mine' },
      { CARGO_HOME: '/root/.cargo' },
    ),
    mounts: fc.subarray([
      mount('/data', '/data'),
      mount('/own', '/root/.cache/npm'),
      mount(`${ROOT}/rust`, '/root/.cargo'),
      mount(`${ROOT}/uv`, '/root/.cache/uv'),
    ]),
  })
  .map(state)

describe('for any app', () => {
  test('no variable ever has a path that is not mounted, after any number of steps', () =>
    fc.assert(
      fc.property(anyState, anySettings, anySeen, fc.nat(12), (start, next, seen, steps) => {
        const before = run(start)
        const after = run({ ...before, settings: next, seen }, steps)
        for (const cache of CATALOGUE) {
          const value = after.env[cache.location.name]
          if (value === undefined || value === start.env[cache.location.name]) continue
          const tool = cache.name === 'cargo' ? `${value}/registry` : value
          const mounted = after.mounts.map((m) => m.containerPath)
          expect(mounted.some((place) => `${tool}/`.startsWith(`${place}/`))).toBe(true)
        }
      }),
    ))

  test('a run killed after any step is completed by the next one', () =>
    fc.assert(
      fc.property(
        anyState,
        anySettings,
        anyGroup,
        anySeen,
        fc.nat(30),
        (start, next, group, seen, steps) => {
          const target = { ...run(start), settings: { ...next, group }, seen }
          const whole = run(target)
          const resumed = run(run(target, steps))
          const view = (s: AppState) => [
            s.env,
            s.mounts.map((m) => `${m.hostPath}:${m.containerPath}:${m.readonly}`).sort(),
          ]
          expect(view(resumed)).toEqual(view(whole))
          expect(planApp(resumed, ROOT, true).steps).toEqual([])
        },
      ),
    ))

  test('adding and removing keeps what the app had before', () =>
    fc.assert(
      fc.property(anyState, (start) => {
        const on = run({
          ...start,
          mounts: start.mounts.filter((m) => !m.hostPath.startsWith(ROOT)),
        })
        const off = run({ ...on, settings: { ...on.settings, enabled: false } })
        expect(off.env).toEqual(
          on.env['CARGO_HOME'] && on.given.env['CARGO_HOME'] ? withoutCargo(start.env) : start.env,
        )
        expect(off.mounts).toEqual(start.mounts.filter((m) => !m.hostPath.startsWith(ROOT)))
      }),
    ))
})

/** A variable that already had the plugin's value is adopted, and removed with the others. */
function withoutCargo(env: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'CARGO_HOME'))
}

describe('the record', () => {
  test.each([
    'nonsense',
    '[]',
    '{"mounts":1,"env":{}}',
    '{"mounts":[{}],"env":{}}',
    '{"mounts":[],"env":{"A":1}}',
  ])('%s is rejected with what to do', (text) =>
    expect(() => parseGiven('web', text)).toThrow('The record of what was given to web is damaged'),
  )
  test('is parsed as it was written', () => {
    const { given } = run(state())
    expect(parseGiven('web', formatGiven({ given, pending: given }))).toEqual({
      given: { ...given },
      pending: given,
    })
  })
})
