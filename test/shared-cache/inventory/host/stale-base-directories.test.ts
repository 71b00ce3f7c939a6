import { spawn } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { baseKey } from '../../../../src/shared-cache/devices/core/cdi'
import { planPrune } from '../../../../src/shared-cache/prune-plan/core/plan'
import { learnBase, makeDevices } from '../../../../src/shared-cache/devices/host/devices'
import type { Engine, EngineInfo } from '../../../../src/foundation/docker/engine'
import { PLUGIN } from '../../../../src/shared-cache/plugin'
import type { Server } from '../../../../src/shared-cache/apps/host/server'
import { KnownError } from '../../../../src/foundation/core/errors'
import { makeRunner } from '../../../../src/foundation/process/runner'
import { filesSource } from '../../../../src/shared-cache/inventory/host/files'
import {
  baseDirectoriesIn,
  holdsSomething,
} from '../../../../src/shared-cache/devices/host/base-directories'
import { staleBases } from '../../../../src/shared-cache/inventory/host/stale-base-directories'
import { makeHelper } from '../../../support/helper'
import { isRoot } from '../../../support/needs'

const ENGINE = { ServerVersion: '28.5.2' } as EngineInfo
const HOUR = 3_600_000
const SYSTEM = 'debian-12-amd64-glibc'
const [seen, other] = [
  { reference: 'python:3.12', platform: '' },
  { reference: 'python:3.14', platform: '' },
]
const [key, otherKey] = [baseKey(seen), baseKey(other)]

/**
 * As on a server: the bundled helper behind a `sudo` on PATH, a separate `/etc/cdi`, and properties in
 * memory. As root, because the directories belong to root.
 */
describe.skipIf(!isRoot)('a directory of a base image (needs root)', () => {
  let base: string
  let server: Server
  let mounted: readonly string[]
  let engine: () => Promise<Engine>
  let values: Map<string, string>
  const path = process.env['PATH']
  const cache = (...names: string[]) => join(base, 'shared', ...names)
  const names = (of: string) => readdirSync(cache(of)).filter((name) => /base-|trash/.test(name))

  function put(file: string, hours: number): void {
    mkdirSync(dirname(cache(file)), { recursive: true })
    writeFileSync(cache(file), 'x'.repeat(9000))
    const time = (Date.now() - hours * HOUR) / 1000
    utimesSync(cache(file), time, time)
  }

  function age(directory: string, hours: number): void {
    const time = (Date.now() - hours * HOUR) / 1000
    utimesSync(cache(directory), time, time)
  }

  function source(of: string) {
    const now = Date.now()
    return filesSource(
      server,
      of,
      now,
      undefined,
      staleBases(server, () => engine(), of, now),
    )
  }

  async function prune(of: string) {
    const pruned = source(of)
    const inventory = await pruned.inventory({}, () => undefined)
    const settled = (await pruned.settle?.(() => undefined)) ?? inventory
    const { remove } = planPrune(settled, {}, Date.now())
    const units = remove.map(({ unit }) => unit)
    const removed = await pruned.remove(units, () => undefined)
    return { labels: units.map(({ label }) => label), removed }
  }

  beforeEach(async () => {
    base = mkdtempSync(join(tmpdir(), 'shared-cache-'))
    makeHelper(base)
    for (const name of ['pip', 'uv']) mkdirSync(cache(name))
    process.env['PATH'] = `${base}/bin:${path ?? ''}`
    values = new Map()
    mounted = []
    engine = () =>
      Promise.resolve({
        containers: () => Promise.resolve([{ binds: mounted }]),
      } as unknown as Engine)
    const properties = {
      get: (_: string, name: string) => values.get(name),
      set: (_: string, name: string, value: string) => {
        values.set(name, value)
        return Promise.resolve()
      },
    }
    const root = `${base}/shared`
    const platform = { kind: 'dokku', plugin: PLUGIN, root, hostRoot: root, libRoot: base }
    server = { platform, runner: makeRunner(false), dokku: { properties } } as unknown as Server
    await makeDevices(server, ENGINE, [seen, other])
    // The system's directory is not empty when the system becomes known.
    put(`pip/${SYSTEM}/wheels/aa/bb/cc/system.whl`, 1)
    put(`uv/${SYSTEM}/system`, 1)
    put(`pip/base-${key}/wheels/aa/bb/cc/own.whl`, 40)
    put(`uv/base-${key}/archive-v0/one/file`, 40)
    put(`pip/base-${otherKey}/wheels/aa/bb/cc/own.whl`, 40)
    await learnBase(server, key, { system: SYSTEM, plain: null })
    for (const name of ['pip', 'uv']) age(`${name}/base-${key}`, 40)
  })
  afterEach(() => {
    process.env['PATH'] = path
    rmSync(base, { recursive: true, force: true })
  })

  test.each(['pip', 'uv'])(
    'is removed from %s as a whole once its builds use the system’s',
    async (of) => {
      const { labels, removed } = await prune(of)
      expect(labels).toEqual([`python:3.12, whose builds use ${SYSTEM} now`])
      expect(removed).toMatchObject({ units: 1, left: 0 })
      expect(removed.bytes).toBeGreaterThan(9000)
      expect(names(of).sort()).toEqual([`base-${key}`, `base-${otherKey}`].sort())
      // For a build that started before.
      expect(readlinkSync(cache(of, `base-${key}`))).toBe(SYSTEM)
      expect(readdirSync(cache(of, SYSTEM)).length).toBeGreaterThan(0)
    },
  )

  test.each([
    ['the cache', 'pip'],
    ['the directory', `pip/base-${key}`],
  ])('is not stale if a link replaces %s: nothing behind it is read', (_, place) => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'))
    renameSync(cache(place), join(outside, 'moved'))
    symlinkSync(join(outside, 'moved'), cache(place))
    const names = baseDirectoriesIn(server, 'pip').map(({ directory }) => directory)
    expect(names).not.toContain(`base-${key}`)
    expect(holdsSomething(server, 'pip', `base-${key}`)).toBe(false)
    expect(readdirSync(join(outside, 'moved'))).not.toEqual([])
    rmSync(outside, { recursive: true })
  })

  test('is removed from the caches of a group as well', async () => {
    put(`groups/private/pip/base-${key}/wheels/aa/bb/cc/own.whl`, 40)
    put(`groups/private/pip/${SYSTEM}/wheels/aa/bb/cc/system.whl`, 1)
    age(`groups/private/pip/base-${key}`, 40)
    const { labels, removed } = await prune('private:pip')
    expect(labels).toEqual([`python:3.12, whose builds use ${SYSTEM} now`])
    expect(removed).toMatchObject({ source: 'private:pip', units: 1, left: 0 })
    expect(readlinkSync(cache(`groups/private/pip/base-${key}`))).toBe(SYSTEM)
    expect(lstatSync(cache(`pip/base-${key}`)).isDirectory()).toBe(true)
  })

  test('is not changed if builds use it', async () => {
    await prune('pip')
    expect(lstatSync(cache(`pip/base-${otherKey}/wheels/aa/bb/cc/own.whl`)).isFile()).toBe(true)
    expect((await prune('pip')).labels).toEqual([])
  })

  test('is removed if the base is not recorded', async () => {
    values.set('bases', '[]')
    age(`pip/base-${otherKey}`, 40)
    const { labels, removed } = await prune('pip')
    const label = /^a base image that nobody has built on since \d{4}-\d\d-\d\d$/
    expect(labels).toEqual([expect.stringMatching(label), expect.stringMatching(label)])
    expect(removed).toMatchObject({ units: 2, left: 0 })
    expect(names('pip')).toEqual([])
  })

  test('is kept for a day after something in it was used', async () => {
    put(`pip/base-${key}/wheels/aa/bb/cc/own.whl`, 20)
    expect((await prune('pip')).labels).toEqual([])
  })

  test('is kept while a container mounts it', async () => {
    mounted = [`${base}/shared/pip/base-${key}`]
    expect((await prune('pip')).labels).toEqual([])
  })

  test('is kept if Docker cannot be reached', async () => {
    engine = () => Promise.reject(new KnownError('no Docker'))
    expect((await prune('pip')).labels).toEqual([])
  })

  async function planned(of: string) {
    const pruned = source(of)
    await pruned.inventory({}, () => undefined)
    const settled = await pruned.settle?.(() => undefined)
    const units = settled?.units.filter(({ isStale }) => isStale === true) ?? []
    return { pruned, units }
  }

  test('is kept if a build has used it since the inventory', async () => {
    const { pruned, units } = await planned('pip')
    put(`pip/base-${key}/wheels/aa/bb/cc/own.whl`, 0)
    const removed = await pruned.remove(units, () => undefined)
    expect(removed).toEqual({ source: 'pip', units: 0, bytes: 0, left: 1 })
    expect(lstatSync(cache(`pip/base-${key}`)).isDirectory()).toBe(true)
  })

  test('is kept if builds get it again since the inventory', async () => {
    values.set('bases', '[]')
    const { pruned, units } = await planned('uv')
    values.set('bases', JSON.stringify([{ ...seen, system: '', plain: false }]))
    expect(await pruned.remove(units, () => undefined)).toMatchObject({ units: 1, left: 1 })
    expect(lstatSync(cache(`uv/base-${key}/archive-v0/one/file`)).isFile()).toBe(true)
  })

  test('is kept while uv has locked it', async () => {
    put(`uv/base-${key}/.lock`, 40)
    age(`uv/base-${key}`, 40)
    const holder = spawn('flock', ['-s', cache(`uv/base-${key}/.lock`), 'sh', '-c', 'echo; cat'])
    await once(holder.stdout, 'data')
    expect((await prune('uv')).removed).toMatchObject({ units: 0, left: 1 })
    holder.stdin.end()
    await once(holder, 'close')
    age(`uv/base-${key}`, 40)
    expect((await prune('uv')).removed).toMatchObject({ units: 1, left: 0 })
  })

  test('is never followed if a container replaced it by a link', async () => {
    const { pruned, units } = await planned('pip')
    const outside = join(base, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'kept'), '')
    rmSync(cache(`pip/base-${key}`), { recursive: true })
    spawn('ln', ['-s', outside, cache(`pip/base-${key}`)])
    await expect.poll(() => names('pip').includes(`base-${key}`)).toBe(true)
    expect(await pruned.remove(units, () => undefined)).toMatchObject({ units: 0, left: 1 })
    expect(readdirSync(outside)).toEqual(['kept'])
  })
})
