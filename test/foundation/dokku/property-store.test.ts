import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Properties, makeProperties } from '../../../src/foundation/dokku/property-store'
import { detectPlatform, type DokkuPlatform } from '../../../src/foundation/platform'
import { makeRunner } from '../../../src/foundation/process/runner'
import { PLUGIN } from '../../../src/shared-cache/plugin'
import { type Double, makeDouble } from '../../doubles/dokku/make'
import { isRoot } from '../../support/needs'
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk'

let double: Double
let store: string
let properties: Properties

beforeEach(() => {
  double = makeDouble()
  store = join(double.lib, 'config/shared-cache')
  mkdirSync(store)
  process.env['DOKKU_LIB_ROOT'] = double.lib
  const platform = detectPlatform(PLUGIN, {
    DOKKU_LIB_ROOT: double.lib,
    PLUGIN_AVAILABLE_PATH: join(double.lib, 'plugins/available'),
    PLUGIN_CORE_AVAILABLE_PATH: join(double.lib, 'core-plugins/available'),
  }) as DokkuPlatform
  properties = makeProperties(platform, makeRunner(false))
})
afterEach(() => {
  delete process.env['DOKKU_LIB_ROOT']
  rmSync(double.root, { recursive: true })
})

/** A number of a process that has ended. */
const ended = () => spawnSync('true').pid

test.each([
  ['web', 'caches', 'pip,npm'],
  ['--global', 'schedule', '30 3 * * *'],
  ['web', 'record', '{"a":"b\\nc"}'],
  ['web', 'given', 'two\nlines'],
])('%s %s is stored as Dokku stores it', async (app, key, value) => {
  await properties.set(app, key, 'old')
  await properties.set(app, key, value)
  expect(properties.get(app, key)).toBe(value)
  expect(properties.all(app)).toEqual({ [key]: value })
  expect(readFileSync(join(store, app, key), 'utf8')).toBe(value)
  expect(statSync(join(store, app, key)).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(store, app))).toEqual([key])
  expect(properties.apps()).toEqual(app === '--global' ? [] : [app])
})

test('the file of a value is never written to: it is replaced by a whole one', async () => {
  await properties.set('web', 'caches', 'old')
  const { ino } = statSync(join(store, 'web/caches'))
  await properties.set('web', 'caches', 'new')
  expect(statSync(join(store, 'web/caches')).ino).not.toBe(ino)
})

test('what a killed run has left is not a value, and the next write removes it', async () => {
  mkdirSync(join(store, 'web'))
  writeFileSync(join(store, `web/caches.${ended()}-1.new`), 'ha')
  writeFileSync(join(store, `web/caches.${process.ppid}-1.new`), 'being written')
  expect(properties.all('web')).toEqual({})
  await properties.set('web', 'group', 'one')
  expect(readdirSync(join(store, 'web')).sort()).toEqual([`caches.${process.ppid}-1.new`, 'group'])
})

test('writes at the same time: one of the values, whole', async () => {
  const values = ['a', 'b'].map((letter) => letter.repeat(20_000))
  await Promise.all(values.map((value) => properties.set('web', 'given', value)))
  expect(values).toContain(properties.get('web', 'given'))
  expect(readdirSync(join(store, 'web'))).toEqual(['given'])
})

test('a value that cannot replace what is there: the message names the property', async () => {
  mkdirSync(join(store, 'web/caches/below'), { recursive: true })
  await expect(properties.set('web', 'caches', 'pip')).rejects.toMatchObject({
    message: 'Dokku did not write the property caches of web',
  })
  expect(readdirSync(join(store, 'web'))).toEqual(['caches'])
})

describe.skipIf(!isRoot)('on a disk of its own (needs root)', () => {
  let disk: SmallDisk
  beforeEach(() => {
    disk = mountSmallDisk(store)
  })
  afterEach(() => disk.unmount())

  const long = 'new '.repeat(4000)
  const SPOILED: [string, (disk: SmallDisk) => void, string][] = [
    ['full', (it) => it.fill(), long],
    ['full, and the value is short', (it) => it.fill(), 'new'],
    ['full but for a part of the value', (it) => it.fill(4096), long],
    ['without inodes', (it) => it.useUpInodes(), 'new'],
    ['read-only', (it) => it.readOnly(), 'new'],
  ]

  test.each(SPOILED)(
    '%s: the old value stays, and the message says why',
    async (_, spoil, value) => {
      await properties.set('web', 'caches', 'old')
      spoil(disk)
      await expect(properties.set('web', 'caches', value)).rejects.toMatchObject({
        name: 'KnownError',
        exit: 1,
        message: expect.stringMatching(
          /^(Dokku did not write the property caches of web|.*(no space left|read-only).*)$/,
        ) as string,
      })
      expect(properties.get('web', 'caches')).toBe('old')
      expect(readdirSync(join(store, 'web'))).toEqual(['caches'])
      disk.mend()
      await properties.set('web', 'caches', value)
      expect(properties.get('web', 'caches')).toBe(value)
    },
  )

  test('a first value that did not fit is not there in part', async () => {
    await properties.set('web', 'group', 'one')
    disk.fill(4096)
    await expect(properties.set('web', 'caches', long)).rejects.toThrow('caches of web')
    expect(properties.all('web')).toEqual({ group: 'one' })
  })
})
