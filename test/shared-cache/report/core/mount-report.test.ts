import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mountKey } from '../../../../src/shared-cache/catalogue/core/cache-mounts'
import type { KnownMount } from '../../../../src/shared-cache/devices/core/known-cache-mounts'
import type { Unit } from '../../../../src/shared-cache/prune-plan/core/inventory'
import { mountReports } from '../../../../src/shared-cache/report/core/mount-report'

const TIME = Date.parse('2026-11-21T03:30:00Z')
const known = (id: string, target: string, app: string): KnownMount => ({
  ...{ id, target, app, uid: '', gid: '', mode: '', used: 1 },
})
const unit = (id: string, bytes: number, lastUsed: number | null = TIME): Unit => ({
  ...{ id, bytes, lastUsed, cache: 'cache-mounts', label: id, inUse: false, needs: [] },
})

describe('the rows of cache mounts in shared storage', () => {
  const gradle = known('/gradle', '/root/.gradle', 'api')

  test('have the name of the mount, its targets, and the last app that used it', () =>
    expect(mountReports([unit(mountKey(gradle), 5)], [gradle])).toEqual([
      {
        ...{ directory: mountKey(gradle), id: '/gradle', targets: ['/root/.gradle'] },
        ...{ label: 'gradle at /root/.gradle', app: 'api', bytes: 5 },
        lastUsed: '2026-11-21T03:30:00.000Z',
      },
    ]))

  test('have each target once, and the app of the last build', () => {
    const all = [gradle, known('/gradle', '/x', 'shop'), known('/gradle', '/x', 'docs')]
    expect(mountReports([unit(mountKey(gradle), 5)], all)).toMatchObject([
      { targets: ['/root/.gradle', '/x'], app: 'docs' },
    ])
  })

  test('have no details of a directory that no build requested, nor its last use', () =>
    expect(mountReports([unit('0123456789abcdef', 5, null)], [gradle])).toMatchObject([
      { directory: '0123456789abcdef', id: null, targets: [], app: null, lastUsed: null },
    ]))

  test('have a time even if that is the epoch', () =>
    expect(mountReports([unit('0123456789abcdef', 5, 0)], [])[0]?.lastUsed).toBe(
      '1970-01-01T00:00:00.000Z',
    ))

  test('are complete, the largest first', () => {
    const units = fc.array(fc.nat({ max: 9 }), { maxLength: 12 })
    fc.assert(
      fc.property(units, (sizes) => {
        const rows = mountReports(
          sizes.map((bytes, i) => unit(String(i), bytes)),
          [],
        )
        expect(rows.map(({ bytes }) => bytes)).toEqual([...sizes].sort((a, b) => b - a))
        expect(new Set(rows.map(({ directory }) => directory)).size).toBe(sizes.length)
      }),
    )
  })
})
