import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { copyScripts } from '../../scripts/plugins.mjs'

/** The plugin's `commands`, where Dokku installs it, and a nested copy from a second install. */
const enabled = mkdtempSync(join(tmpdir(), 'commands-'))
const own = join(enabled, 'shared-cache')
const nested = join(own, 'dokku-shared-cache-0.1.0')

beforeAll(async () => {
  mkdirSync(own)
  for (const place of [own, nested]) await copyScripts('shared-cache', place)
})

const run = (plugin: string, ...args: string[]) =>
  spawnSync(join(plugin, 'commands'), args, {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', DOKKU_NOT_IMPLEMENTED_EXIT: '10' },
  })

describe('commands', () => {
  test.each(['apps:list', 'shared-cache:nope', ''])('ignores %j at once', (word) =>
    expect(run(own, word)).toMatchObject({ status: 10, stdout: '', stderr: '' }),
  )
  test('has one row in the help of Dokku', () =>
    expect(run(own, 'help')).toMatchObject({
      status: 0,
      stdout: '    shared-cache, One shared package cache for all apps\n',
    }))
  test('explains every verb, with one comma in each row for the columns', () => {
    const { stdout } = run(own, 'shared-cache:help')
    for (const verb of ['setup', 'enable', 'disable', 'set', 'report', 'prune', 'doctor']) {
      expect(stdout).toMatch(new RegExp(`^    shared-cache:${verb} .*   [A-Z]`, 'm'))
    }
    expect(stdout).not.toContain(',')
  })
  test.each(['report', 'doctor'])('of persist explains %s', async (verb) => {
    const persist = join(enabled, 'persist')
    await copyScripts('persist', persist)
    expect(run(persist, 'help').stdout).toBe('    persist, Keep the data of apps in volumes\n')
    expect(run(persist, 'persist:help').stdout).toMatch(
      new RegExp(`^    persist:${verb} .*   [A-Z]`, 'm'),
    )
    expect(run(persist, 'shared-cache:help')).toMatchObject({ status: 10, stdout: '' })
  })
  test('a copy inside the plugin prints nothing, and does not break the help of Dokku', () =>
    expect(run(nested, 'help')).toMatchObject({ status: 0, stdout: '' }))
  test('the default subcommand explains the plugin', () => {
    const { stdout } = spawnSync(join(own, 'subcommands/default'), ['shared-cache'], {
      encoding: 'utf8',
    })
    expect(stdout).toContain('Usage: dokku shared-cache[:COMMAND]')
  })
})
