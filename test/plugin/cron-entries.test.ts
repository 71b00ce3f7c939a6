import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { copyScripts } from '../../scripts/plugins.mjs'
import { parseSchedule } from '../../src/foundation/core/schedule'

let base: string
let scripts: string
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'cron-'))
  scripts = join(base, 'plugin')
  await copyScripts('shared-cache', scripts)
})
afterEach(() => rmSync(base, { recursive: true }))

/** Output of the trigger with a property store that has these values. */
function entries(
  properties: Record<string, string>,
  args = ['docker-local'],
  env = {},
  plugin = 'shared-cache',
): string {
  const store = join(base, `config/${plugin}/--global`)
  mkdirSync(store, { recursive: true })
  for (const [key, value] of Object.entries(properties)) writeFileSync(join(store, key), value)
  const { status, stdout, stderr } = spawnSync(join(scripts, 'cron-entries'), args, {
    encoding: 'utf8',
    // PATH has no Node: the trigger must not need it.
    env: { PATH: '/usr/bin:/bin', DOKKU_LIB_ROOT: base, DOKKU_LOGS_DIR: '/var/log/dokku', ...env },
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
}

const task = (schedule: string) =>
  `${schedule};dokku shared-cache:scheduled;/var/log/dokku/shared-cache.log\n`

test.each<[string, Record<string, string>, string[], object, string]>([
  ['by default', {}, ['docker-local'], {}, '15 3 * * *'],
  ['as it was set', { schedule: '5 4 * * 0' }, ['docker-local'], {}, '5 4 * * 0'],
  ['switched off', { schedule: 'off' }, ['docker-local'], {}, ''],
  ['invalid', { schedule: '5 4 * *' }, ['docker-local'], {}, ''],
  ['of a scheduler with its own cron', {}, ['k3s'], {}, ''],
  ['of an uninstall', {}, ['docker-local'], { PERSIST_UNINSTALLING: '1' }, ''],
])('the task of persist %s', async (_, properties, args, env, schedule) => {
  await copyScripts('persist', scripts)
  const line = `${schedule};dokku persist:scheduled;/var/log/dokku/persist.log\n`
  expect(entries(properties, args, env, 'persist')).toBe(schedule === '' ? '' : line)
})

describe('the task of the plugin', () => {
  test.each([
    ['after setup, by default', { setup: 'x' }, task('30 3 * * *')],
    [
      'as it was set',
      { setup: 'x', schedule: '*/5 1-5/2 1,15 * 0-6' },
      task('*/5 1-5/2 1,15 * 0-6'),
    ],
    ['as the property store writes it', { setup: 'x', schedule: '5 4 * * *\n' }, task('5 4 * * *')],
    ['unset again', { setup: 'x', schedule: '' }, task('30 3 * * *')],
    ['switched off', { setup: 'x', schedule: 'off' }, ''],
    ['before setup', { schedule: '5 4 * * *' }, ''],
  ])('%s', (_, properties, printed) => {
    expect(entries(properties)).toBe(printed)
  })

  test('is missing for a scheduler with its own cron', () => {
    expect(entries({ setup: 'x' }, ['k3s'])).toBe('')
  })

  test('is missing while the plugin is being uninstalled', () => {
    expect(entries({ setup: 'x' }, ['docker-local'], { SHARED_CACHE_UNINSTALLING: '1' })).toBe('')
  })

  test.each([
    '5 4 * *',
    '5 4 * * * true',
    '5  4 * * *',
    '60 4 * * *',
    '5 24 * * *',
    '5 4 0 * *',
    '5 4 * 13 *',
    '5 4 * * 8',
    '9-5 4 * * *',
    '*/0 4 * * *',
    '1,,2 4 * * *',
    '5 4 * jan *',
    '5 4 * * *;rm -rf /',
    '5 4 * * *\n* * * * * true',
    '\n5 4 * * *',
    '5 4 * * *\n\n',
    '* * * * * %',
  ])('is missing if %j was written without `set`', (schedule) => {
    expect(entries({ setup: 'x', schedule })).toBe('')
  })

  test.each([
    '30 3 * * *',
    '*/59 * * * *',
    '0 0 31 12 7',
    '0-59/59 0-23 1-31 1-12 0-7',
    '07 08 09 JAN fri',
  ])('is printed for %s, which `set` accepts', (value) => {
    const schedule = parseSchedule(value)
    expect(entries({ setup: 'x', schedule })).toBe(task(schedule))
  })
})
