import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  mountKey,
  type SharedMount,
} from '../../../../src/shared-cache/catalogue/core/cache-mounts'
import { mountReports } from '../../../../src/shared-cache/report/core/mount-report'
import { makeDevices } from '../../../../src/shared-cache/devices/host/devices'
import {
  haveDirectories,
  knownMounts,
  noteMounts,
} from '../../../../src/shared-cache/devices/host/cache-mounts'
import { PLUGIN } from '../../../../src/shared-cache/plugin'
import type { Server } from '../../../../src/shared-cache/apps/host/server'
import type { EngineInfo } from '../../../../src/foundation/docker/engine'
import { makeRunner } from '../../../../src/foundation/process/runner'
import { mountsSource } from '../../../../src/shared-cache/inventory/host/cache-mounts'
import { makeHelper } from '../../../support/helper'
import { isRoot } from '../../../support/needs'

const ENGINE = { ServerVersion: '28.5.2' } as EngineInfo
const HOUR = 3_600_000
const NOW = Date.parse('2026-11-21T12:00:00Z')
const mount = (id: string, change: Partial<SharedMount> = {}): SharedMount => ({
  ...{ id, uid: '', gid: '', mode: '', target: `/at${id}` },
  ...change,
})
const [old, young, fresh] = [
  mount('/old', { uid: '7', mode: '0700' }),
  mount('/young'),
  mount('/fresh'),
]

/**
 * As on a server: the bundled helper behind a `sudo` on PATH, a separate `/etc/cdi`, and properties in
 * memory. As root, because the directories have owners.
 */
describe.skipIf(!isRoot)('cache mounts in shared storage (needs root)', () => {
  let base: string
  let server: Server
  const path = process.env['PATH']
  const directory = (one: SharedMount) => join(base, 'shared/cache-mounts', mountKey(one))
  const specification = () => readFileSync(join(base, 'dokku-shared-cache.json'), 'utf8')

  beforeEach(async () => {
    base = mkdtempSync(join(tmpdir(), 'shared-cache-'))
    makeHelper(base)
    process.env['PATH'] = `${base}/bin:${path ?? ''}`
    const values = new Map<string, string>()
    const properties = {
      get: (_: string, key: string) => values.get(key),
      set: (_: string, key: string, value: string) => {
        values.set(key, value)
        return Promise.resolve()
      },
    }
    const platform = {
      kind: 'dokku',
      plugin: PLUGIN,
      root: `${base}/shared`,
      hostRoot: `${base}/shared`,
      libRoot: base,
    }
    server = { platform, runner: makeRunner(false), dokku: { properties } } as unknown as Server
    await noteMounts(server, 'one', [old], NOW - 40 * HOUR)
    await noteMounts(server, 'two', [young], NOW - 20 * HOUR)
    await noteMounts(server, 'two', [fresh], NOW - 40 * HOUR)
    await makeDevices(server, ENGINE, [])
    for (const [each, hours] of [
      [old, 40],
      [young, 40],
      [fresh, 1],
    ] as const) {
      writeFileSync(join(directory(each), 'file'), 'x'.repeat(9000))
      const time = (NOW - hours * HOUR) / 1000
      utimesSync(join(directory(each), 'file'), time, time)
    }
  })
  afterEach(() => {
    process.env['PATH'] = path
    rmSync(base, { recursive: true, force: true })
  })

  const inventory = (selection = {}) =>
    mountsSource(server, NOW).inventory(selection, () => undefined)

  test('have a directory with the owner and mode in the file, and a device', () => {
    expect(haveDirectories(server, [old, young])).toBe(true)
    const stats = statSync(directory(old))
    expect([stats.uid, stats.gid, stats.mode & 0o7777]).toEqual([7, 0, 0o700])
    expect(statSync(directory(young)).mode & 0o7777).toBe(0o755)
    expect(specification()).toContain(`"containerPath": "/at/old"`)
    expect(readdirSync(join(base, 'shared/cache-mounts'))).toContain('CACHEDIR.TAG')
  })

  test('keep their content when devices are made again', async () => {
    chmodSync(directory(old), 0o711)
    await makeDevices(server, ENGINE, [])
    expect(readdirSync(directory(old))).toEqual(['file'])
    expect(statSync(directory(old)).mode & 0o7777).toBe(0o711)
  })

  test('are one unit each, in use for a day after a build got or changed one', async () => {
    const { units } = await inventory()
    const use = Object.fromEntries(units.map(({ id, inUse }) => [id, inUse]))
    expect(use).toEqual({
      [mountKey(old)]: false,
      [mountKey(young)]: true,
      [mountKey(fresh)]: true,
    })
    expect(units.slice().find(({ id }) => id === mountKey(old))?.label).toBe('old at /at/old')
  })

  test.each(['/old', 'old', '/at/old'])('are selected by %s', async (cacheMount) => {
    const { units } = await inventory({ cacheMount })
    expect(units.map(({ id }) => id)).toEqual([mountKey(old)])
  })

  test('are removed with their device and record', async () => {
    const { units } = await inventory({ cacheMount: 'old' })
    const removed = await mountsSource(server, NOW).remove(units, () => undefined)
    expect(removed).toMatchObject({ units: 1, left: 0 })
    expect(removed.bytes).toBeGreaterThan(9000)
    expect(existsSync(directory(old))).toBe(false)
    expect(specification()).not.toContain('/at/old')
    expect(knownMounts(server).map(({ id }) => id)).toEqual(['/young', '/fresh'])
    expect(
      readdirSync(join(base, 'shared/cache-mounts')).filter((name) => name.startsWith('.')),
    ).toEqual([])
  })

  test('are kept if a build got one after the inventory', async () => {
    const { units } = await inventory({ cacheMount: 'old' })
    await noteMounts(server, 'one', [old], NOW)
    const removed = await mountsSource(server, NOW).remove(units, () => undefined)
    expect(removed).toEqual({ source: 'cache-mounts', units: 0, bytes: 0, left: 1 })
    expect(readdirSync(directory(old))).toEqual(['file'])
  })

  test('are reported by id, the largest first', async () => {
    const { units } = await inventory()
    const [first] = mountReports(
      units.filter(({ id }) => id === mountKey(old)),
      knownMounts(server),
    )
    expect(first).toMatchObject({
      ...{ directory: mountKey(old), id: '/old', targets: ['/at/old'], app: 'one' },
      lastUsed: new Date(NOW - 40 * HOUR).toISOString(),
    })
    expect(mountReports(units, [])[0]).toMatchObject({ id: null, app: null })
  })
})
