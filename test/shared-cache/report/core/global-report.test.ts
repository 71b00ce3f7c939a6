import { describe, expect, test } from 'vitest'
import type { Budgets } from '../../../../src/shared-cache/budgets/core/budgets'
import {
  type AppUse,
  budgetReport,
  cacheReports,
  type DiskReport,
} from '../../../../src/shared-cache/report/core/global-report'
import { ROOT } from '../../../support/app-state'

const NAMES = [
  { name: 'playwright', directory: 'ms-playwright' },
  { name: 'pip', directory: 'pip' },
]
const DISK: DiskReport = { bytes: 1000, freeBytes: 300, inodes: null, freeInodes: null }
const TIME = Date.parse('2026-11-21T03:30:00Z')
const use = (...mounts: string[]): AppUse => ({ mounts, inBuilds: [] })

describe('the row of a cache', () => {
  const usage = new Map([['pip', { bytes: 250, files: 7, newestUse: TIME, complete: false }]])

  test('has the measurement, its share of the disk, and its apps', () => {
    expect(cacheReports(NAMES, usage, DISK, ROOT, [use(`${ROOT}/pip`)])).toEqual([
      {
        ...{ name: 'playwright', directory: 'ms-playwright', bytes: 0, files: 0 },
        ...{ newestUse: null, complete: true, share: 0, apps: 0 },
      },
      {
        ...{ name: 'pip', directory: 'pip', bytes: 250, files: 7 },
        ...{ newestUse: '2026-11-21T03:30:00.000Z', complete: false, share: 0.25, apps: 1 },
      },
    ])
  })
  test('has no share of a disk without a size', () =>
    expect(cacheReports(NAMES, usage, { ...DISK, bytes: 0 }, ROOT, [])[1]?.share).toBe(0))
  test('has a time even if that is the epoch', () => {
    const old = new Map([['pip', { bytes: 1, files: 1, newestUse: 0, complete: true }]])
    const [, pip] = cacheReports(NAMES, old, DISK, ROOT, [])
    expect(pip?.newestUse).toBe('1970-01-01T00:00:00.000Z')
  })

  test.each<[string, readonly AppUse[], number]>([
    ['no app', [], 0],
    ['an app without mounts', [use()], 0],
    ['the whole cache', [use(`${ROOT}/pip`)], 1],
    ['a part of it', [use(`${ROOT}/pip/http`)], 1],
    ['two parts of it in one app', [use(`${ROOT}/pip/http`, `${ROOT}/pip/wheels`)], 1],
    ['a part beside another mount', [use('/data', `${ROOT}/pip/http`)], 1],
    ['two apps', [use(`${ROOT}/pip`), use(`${ROOT}/pip`)], 2],
    ['a directory whose name only begins like it', [use(`${ROOT}/pipenv`)], 0],
    ['another cache', [use(`${ROOT}/uv`)], 0],
    ['the root', [use(ROOT)], 0],
    ['builds alone', [{ mounts: [], inBuilds: ['uv', 'pip'] }], 1],
    ['builds and a mount of one app', [{ mounts: [`${ROOT}/pip`], inBuilds: ['pip'] }], 1],
    ['builds of another cache', [{ mounts: [], inBuilds: ['go'] }], 0],
  ])('counts its apps: %s', (_, apps, expected) =>
    expect(cacheReports(NAMES, usage, DISK, ROOT, apps)[1]?.apps).toBe(expected),
  )
})

describe('the budget and the size of the caches', () => {
  const none: Budgets = {
    ...{ maxBytes: null, maxAge: null, eachPart: null, parts: [], minFree: null, free: null },
  }
  const caches = [
    { name: 'npm', bytes: 30 },
    { name: 'pip', bytes: 12 },
  ]

  test('is no limit if nothing is set', () =>
    expect(budgetReport(caches, none)).toEqual({
      ...{ maxBytes: null, usedBytes: 42, minFreeBytes: null, caches: [] },
    }))
  test('has the settings for all, each and single caches', () => {
    const parts = [{ name: 'npm', bytes: 20 }]
    const budgets = { ...none, maxBytes: 100, minFree: 5, free: 7, eachPart: 10, parts }
    expect(budgetReport(caches, budgets)).toEqual({
      ...{ maxBytes: 100, usedBytes: 42, minFreeBytes: 5 },
      caches: [
        { name: 'npm', maxBytes: 20 },
        { name: 'pip', maxBytes: 10 },
      ],
    })
  })
  test('names only the caches with a separate size', () =>
    expect(budgetReport(caches, { ...none, parts: [{ name: 'pip', bytes: 0 }] }).caches).toEqual([
      { name: 'pip', maxBytes: 0 },
    ]))
})
