import { describe, expect, test } from 'vitest'
import type { AppState, Note } from '../../../src/shared-cache/apps/core/app'
import { type AppPlan, planApp } from '../../../src/shared-cache/apps/core/plan'
import {
  deployLines,
  groupPlans,
  newAppLine,
  noteRemedy,
  noteText,
  planHeadline,
  planLines,
  remedyLines,
} from '../../../src/shared-cache/apps/text'
import { ROOT, appState, rootImage } from '../../support/app-state'

const planOf = (over: Partial<AppState> = {}) => planApp(appState(over), ROOT, true)
const some = (...caches: string[]) => ({ ...appState().settings, caches })

/** An app after a plan was applied. */
function after(plan: AppPlan, over: Partial<AppState> = {}): Partial<AppState> {
  const mounts = plan.steps.flatMap((step) => {
    if (step.kind !== 'mount') return []
    const { entry, hostPath, containerPath, readonly } = step
    return [{ entry, hostPath, containerPath, readonly, options: '' }]
  })
  const given = plan.given ?? plan.current
  return { mounts, env: given.env, given, ...over }
}

describe('the plan of an app', () => {
  test('has a line for each cache', () => {
    const plan = planOf({ settings: some('pip', 'uv') })
    expect(planHeadline(plan)).toBe('caches below /root')
    expect(planLines(plan)).toEqual([
      'pip  mount /root/.cache/pip; set PIP_CACHE_DIR',
      'uv   mount /root/.cache/uv /run/shared-cache/uv; set UV_CACHE_DIR UV_LINK_MODE',
    ])
  })

  test('names the reason of a move, and both paths', () => {
    const before = planOf({ settings: some('pip'), seen: null })
    const plan = planOf({ ...after(before), settings: some('pip') })
    expect(planHeadline(plan)).toBe(
      'caches move from /var/cache/shared-cache to /root, because all its processes run as root',
    )
    expect(planLines(plan)).toEqual([
      'pip  mount /root/.cache/pip; set PIP_CACHE_DIR; unmount /var/cache/shared-cache/pip',
    ])
  })

  test('shows what a disabled app loses', () => {
    const plan = planOf({
      ...after(planOf({ settings: some('pip') })),
      settings: { ...some('pip'), enabled: false },
    })
    expect(planHeadline(plan)).toBe('excluded from the shared caches')
    expect(planLines(plan)).toEqual(['pip  unset PIP_CACHE_DIR; unmount /root/.cache/pip'])
  })

  test('shows read-only', () => {
    const settings = { ...some('pip'), runAccess: 'ro' as const }
    expect(planLines(planOf({ settings }))).toEqual(['pip  mount /root/.cache/pip (read-only)'])
  })

  test('shows once what is withheld, with the remedy', () => {
    const seen = { ...rootImage, places: ['/root/.cache/uv'] }
    const first = planOf({ settings: some('uv'), seen })
    expect(planLines(first)).toEqual([
      'not shared  uv: the image has files at /root/.cache/uv, which a mount would hide',
    ])
    expect(remedyLines({ apps: ['web'], plan: first })).toEqual([
      'to share uv: delete them in the step that creates them (RUN … && rm -rf /root/.cache/uv), then deploy',
    ])
    const second = planOf({ ...after(first), settings: some('uv'), seen })
    expect(planLines(second)).toEqual([])
    expect(second.notes).toHaveLength(1)
  })

  test('does not report a cache as withheld if only a helper variable is', () => {
    const plan = planOf({ settings: some('uv'), env: { UV_LINK_MODE: 'hardlink' } })
    expect(planLines(plan)).toContain('unchanged   uv: the app sets UV_LINK_MODE itself')
  })
})

describe('what is withheld', () => {
  test.each<[Note, string, string | null]>([
    [
      { cache: 'pip', why: 'app-variable', what: 'PIP_CACHE_DIR' },
      'pip: the app sets PIP_CACHE_DIR itself',
      'dokku config:unset --no-restart web PIP_CACHE_DIR && dokku shared-cache:setup web',
    ],
    [
      { cache: 'npm', why: 'image-variable', what: 'NPM_CONFIG_CACHE' },
      'npm: the image sets NPM_CONFIG_CACHE itself',
      'remove NPM_CONFIG_CACHE from the Dockerfile, then deploy',
    ],
    [
      { cache: 'npm', why: 'app-mount', what: '/root/.cache/npm' },
      'npm: the app has a mount of its own at /root/.cache/npm',
      'remove that mount (dokku storage:list web), then run dokku shared-cache:setup web',
    ],
    [
      { cache: 'playwright', why: 'image-files', what: '/ms-playwright' },
      'playwright: the image has files at /ms-playwright, which a mount would hide',
      'dokku ps:rebuild web (copies the files to the shared cache)',
    ],
    [
      { cache: 'npm', why: 'builder', what: 'herokuish' },
      'npm: herokuish manages this cache itself',
      null,
    ],
  ])('%o', (note, text, remedy) => {
    expect(noteText(note)).toBe(text)
    expect(noteRemedy('web', note)).toBe(remedy)
  })
})

describe('groups', () => {
  const app = (name: string, over: Partial<AppState> = {}) => planOf({ app: name, ...over })
  test('puts apps with the same plan together, in their order', () => {
    const other = { settings: some('pip') }
    const groups = groupPlans([app('a'), app('b', other), app('c'), app('d', other)])
    expect(groups.map(({ apps }) => apps)).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ])
  })

  test('separates apps that differ in layout, in what is withheld, or in scheduler', () => {
    const plans = [
      app('a'),
      app('b', { seen: null }),
      app('c', { env: { PIP_CACHE_DIR: '/x' } }),
      app('d', { scheduler: 'k3s' }),
    ]
    expect(groupPlans(plans)).toHaveLength(4)
  })
})

describe('the deploy log shows', () => {
  const neutral = planOf({ settings: some('pip', 'npm'), seen: null })
  test.each<[string, Partial<AppState>, string | null]>([
    ['nothing', { ...after(neutral), settings: some('pip', 'npm'), seen: null }, null],
    [
      'a move',
      { ...after(neutral), settings: some('pip', 'npm') },
      'Shared caches: moved from /var/cache/shared-cache to /root, because all its processes run as root',
    ],
    [
      'a system that is known now',
      {
        ...after(neutral),
        settings: some('pip', 'npm'),
        seen: { ...rootImage, user: 'app', system: 'debian-12-amd64-glibc' },
      },
      'Shared caches: pip for debian-12-amd64-glibc',
    ],
    ['the first caches', { settings: some('pip', 'npm') }, 'Shared caches: added pip and npm'],
    [
      'one more, one less',
      { ...after(neutral), settings: some('npm', 'bun'), seen: null },
      'Shared caches: added bun; removed pip',
    ],
    [
      'a variable that somebody removed',
      { ...after(neutral, { env: {} }), settings: some('pip'), seen: null },
      'Shared caches: removed npm; changed the variables of pip',
    ],
  ])('%s', (_, over, line) =>
    expect(deployLines(planOf(over))).toEqual(line === null ? [] : [line]),
  )
})

test('the deploy log shows once what is withheld, with the remedy', () => {
  const seen = { ...rootImage, places: ['/root/.cache/uv'] }
  const first = planOf({ settings: some('uv'), seen })
  expect(deployLines(first)).toEqual([
    'Shared caches: not shared: uv: the image has files at /root/.cache/uv, which a mount would hide. To share it: delete them in the step that creates them (RUN … && rm -rf /root/.cache/uv), then deploy',
  ])
  expect(deployLines(planOf({ ...after(first), settings: some('uv'), seen }))).toEqual([])
})

test.each<[Partial<AppState>, string]>([
  [
    { seen: null },
    'Shared caches: web has pip, uv, npm, playwright and cargo below /var/cache/shared-cache',
  ],
  [{ settings: some() }, 'Shared caches: none for web'],
])('a new app: %o', (over, line) => expect(newAppLine(planOf(over))).toBe(line))
