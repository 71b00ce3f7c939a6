import { describe, expect, test } from 'vitest'
import type { Given } from '../../../src/shared-cache/apps/core/app'
import { appReport, appRows } from '../../../src/shared-cache/report/core/app-report'
import { appReportLines } from '../../../src/shared-cache/report/app-text'
import type { Values } from '../../../src/foundation/core/properties'

const ROOT = '/srv/shared'
const ENTRY = { entry: null }

const GIVEN: Given = {
  layout: 'root',
  mounts: [
    { ...ENTRY, host: `${ROOT}/pip`, container: '/root/.cache/pip' },
    { ...ENTRY, host: `${ROOT}/uv`, container: '/root/.cache/uv' },
    { ...ENTRY, host: `${ROOT}/uv`, container: '/run/shared-cache/uv' },
    { ...ENTRY, host: `${ROOT}/rust/registry`, container: '/root/.cargo/registry' },
    { ...ENTRY, host: `${ROOT}/rust/git`, container: '/root/.cargo/git' },
    { ...ENTRY, host: `${ROOT}/rust/.package-cache`, container: '/root/.cargo/.package-cache' },
  ],
  env: { PIP_CACHE_DIR: '/root/.cache/pip', UV_LINK_MODE: 'copy' },
  notes: [{ cache: 'npm', why: 'image-variable', what: 'NPM_CONFIG_CACHE' }],
}

/** The lines of a report: each label, and its values. */
function report(values: Values, given?: Given, global: Values = {}): Record<string, string[]> {
  const all = given ? { ...values, given: JSON.stringify(given) } : values
  const rows: Record<string, string[]> = {}
  let own: string[] = []
  for (const line of appReportLines(appReport('web', all, global, ROOT))) {
    const label = line.slice(0, 31).trim()
    if (label !== '') rows[label.replace(/^Shared cache (.*):$/, '$1')] = own = []
    own.push(line.slice(31))
  }
  return rows
}

describe('the report of an app', () => {
  test('of another scheduler says that only Dockerfile builds use its caches', () => {
    const of = (values: Values) =>
      appReportLines(appReport('web', values, {}, ROOT, [], 'k3s')).join('\n')
    expect(of({ caches: 'pip' })).toMatch(/pip +in Dockerfile builds only: the scheduler is k3s\n/)
    expect(of({ caches: 'pip' })).not.toContain('setup')
    expect(of({ caches: 'pip', 'build-caches': 'off' })).not.toContain('in Dockerfile builds')
  })
  test('shows state, paths in the container, what is withheld, variables and properties', () => {
    const rows = report({ caches: 'pip,uv,npm,cargo,go' }, GIVEN, { 'run-access': 'ro' })
    expect(rows).toEqual({
      enabled: ['true'],
      layout: ['root (below /root)'],
      'run access': ['ro'],
      'build caches': ['auto'],
      caches: [
        'pip    /root/.cache/pip',
        'uv     /root/.cache/uv',
        '       /run/shared-cache/uv',
        'npm    withheld',
        'cargo  /root/.cargo/registry',
        '       /root/.cargo/git',
        'go     in builds only',
      ],
      withheld: [expect.stringMatching(/^npm: the image sets NPM_CONFIG_CACHE/) as string],
      variables: ['PIP_CACHE_DIR=/root/.cache/pip', 'UV_LINK_MODE=copy'],
      properties: ['caches pip,uv,npm,cargo,go (this app)', 'run-access ro (all apps)'],
    })
  })

  test.each<[string, Values, string[]]>([
    ['before setup', { caches: 'npm' }, ['npm  not mounted: run `dokku shared-cache:setup web`']],
    [
      'that may not use them when it runs',
      { caches: 'npm', 'run-access': 'off' },
      ['npm  not mounted: run-access is off'],
    ],
    [
      'without caches in builds',
      { caches: 'go', 'build-caches': 'off' },
      ['go  in builds only, and build-caches is off'],
    ],
    ['that has none', { caches: 'none' }, ['none']],
    ['that is disabled', { caches: 'npm', enabled: 'false' }, ['none']],
  ])('caches of an app %s', (_, values, lines) => {
    expect(report(values)['caches']).toEqual(lines)
  })

  test('an app in a group has the caches of its group', () => {
    const mounts = [{ ...ENTRY, host: `${ROOT}/groups/private/npm`, container: '/c/npm' }]
    const given: Given = { layout: 'neutral', mounts, env: {}, notes: [] }
    const rows = report({ caches: 'npm', group: 'private' }, given)
    expect(rows).toMatchObject({ group: ['private'], caches: ['npm  /c/npm'] })
    expect(rows['layout']).toEqual(['neutral (below /var/cache/shared-cache)'])
  })

  test('an app without properties of its own has the defaults', () => {
    expect(report({})['properties']).toEqual(['none set, all have their defaults'])
  })
})

test('rows for scripts keep their keys, with everything of a kind in one value', () => {
  const rows = appRows('web', { given: JSON.stringify(GIVEN), caches: 'npm' }, {})
  expect(Object.keys(rows)).toEqual([...Object.keys(rows)].sort())
  expect(rows).toMatchObject({
    caches: 'npm',
    'global-caches': '',
    'computed-caches': 'npm',
    'given-layout': 'root',
    'given-variables': 'PIP_CACHE_DIR=/root/.cache/pip UV_LINK_MODE=copy',
    withheld: 'npm (image-variable NPM_CONFIG_CACHE)',
  })
  expect(rows['given-mounts']?.split(' ')).toHaveLength(6)
})
