import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PLUGIN } from '../../../src/shared-cache/plugin'
import { version } from '../../../package.json'
import type { Host } from '../../../src/foundation/cli/command'
import {
  makeCaches,
  removeSteps,
  usage,
  walkCache,
} from '../../../src/shared-cache/directories/host/caches'
import type { Damage } from '../../../src/shared-cache/package-managers/core/task'
import { verifyCache } from '../../../src/shared-cache/verify/host/run'
import { npmEntry } from '../../support/cache-files'
import type { Entry } from '../../../src/foundation/core/entry'
import { callHelper } from '../../../src/foundation/helper/call'
import { makeRunner } from '../../../src/foundation/process/runner'
import { isRoot } from '../../support/needs'

/**
 * The files of a server with Dokku: the bundled helper, and a `sudo` on PATH that runs it instead of
 * the installed one. As root, because the helper gives the caches to root.
 */
describe.skipIf(!isRoot)('through the root helper (needs root)', () => {
  let base: string
  let root: string
  let host: Host
  const path = process.env['PATH']

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'shared-cache-'))
    root = join(base, 'data/shared')
    mkdirSync(join(base, 'bin'))
    mkdirSync(join(base, 'data'))
    copyFileSync(`dist/dokku-shared-cache-${version}/helper.cjs`, join(base, 'helper.cjs'))
    writeFileSync(join(base, 'root'), `${root}\n0\n`)
    sudo(
      `shift 2; exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin '${process.execPath}' '${base}/helper.cjs' "$@"`,
    )
    process.env['PATH'] = `${base}/bin:${path ?? ''}`
    const places = { libRoot: base, pluginPath: base, corePluginPath: base, logsDir: base }
    const platform = { kind: 'dokku' as const, plugin: PLUGIN, root, hostRoot: root, ...places }
    host = { platform: platform as Host['platform'], runner: makeRunner(false) }
  })
  afterEach(() => {
    process.env['PATH'] = path
    rmSync(base, { recursive: true, force: true })
  })

  function sudo(script: string): void {
    writeFileSync(join(base, 'bin/sudo'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(base, 'bin/sudo'), 0o755)
  }

  test('the caches are made, measured and pruned', async () => {
    const made = await makeCaches(host, ['npm'])
    expect(made.changed.map((problem) => problem.path)).toEqual([
      '',
      'npm',
      'npm/CACHEDIR.TAG',
      'npm/_npx',
    ])
    writeFileSync(join(root, 'npm/file'), 'x'.repeat(5000))
    expect((await usage(host, ['npm'])).get('npm')).toMatchObject({ files: 2, complete: true })
    const entries: Entry[] = []
    expect(await walkCache(host, 'npm', (entry) => entries.push(entry))).toBe(true)
    const file = entries.find((entry) => entry.path === 'file')
    const step = { action: 'unlink' as const, path: 'file', identity: file?.identity ?? '' }
    const removed = await removeSteps(host, 'npm', [step, step], () => undefined)
    expect(removed).toEqual({ freed: file?.bytes, expired: 0, left: [1], trouble: '' })
    expect(readdirSync(join(root, 'npm'))).toEqual(['CACHEDIR.TAG', '_npx'])
  })

  test('a deploy does not wait for a cache to be opened', async () => {
    mkdirSync(join(root, 'npm/a/b/c'), { recursive: true, mode: 0o755 })
    await makeCaches(host, ['npm'], null)
    expect(statSync(join(root, 'npm/a/b/c')).mode & 0o777).toBe(0o755)
    await makeCaches(host, ['npm'])
    expect(statSync(join(root, 'npm/a/b/c')).mode & 0o777).toBe(0o777)
  })

  test('the caches are verified, in threads of the helper', async () => {
    await makeCaches(host, ['npm'])
    npmEntry(join(root, 'npm'), 'whole')
    const { content } = npmEntry(join(root, 'npm'), 'damaged')
    writeFileSync(join(root, 'npm', content), 'something else')
    const damages: Damage[] = []
    const { tally, complete } = await verifyCache(host, 'npm', Date.now(), {
      damage: (damage) => damages.push(damage),
      progress: () => undefined,
    })
    expect({ ...tally, complete }).toMatchObject({ proven: 3, damaged: 1, complete: true })
    expect(damages.map(({ path }) => path)).toEqual([content])
    expect(existsSync(join(root, 'npm', content))).toBe(true)
  })

  test('an error of the helper has its remedy', async () => {
    mkdirSync(root)
    writeFileSync(join(root, 'npm'), '')
    await expect(makeCaches(host, ['npm'])).rejects.toMatchObject({
      message: `${root}/npm is not a directory`,
      hint: `Move it away (mv ${root}/npm ${root}/npm.old), then run setup again.`,
    })
  })

  test.each([
    ['sudo refuses', 'echo "sudo: a password is required" >&2; exit 1'],
    [
      'the helper is not installed',
      'echo "sudo: /usr/local/lib/x/helper: command not found" >&2; exit 1',
    ],
  ])('if %s, operations that need root say how to install it', async (_, script) => {
    sudo(script)
    await expect(makeCaches(host, ['npm'])).rejects.toMatchObject({
      message: expect.stringContaining('root helper') as string,
      hint: 'Run: sudo dokku plugin:install',
    })
    expect(existsSync(root)).toBe(false)
  })

  test('without the helper, reads are best effort', async () => {
    await makeCaches(host, ['npm'])
    sudo('echo "sudo: a password is required" >&2; exit 1')
    expect((await usage(host, ['npm'])).get('npm')).toMatchObject({ files: 1, complete: true })
  })

  test('only the pinned version of sccache is accepted', async () => {
    await makeCaches(host, ['sccache'])
    const given = { input: [Buffer.from('not sccache')] }
    await expect(callHelper(host, 'write', ['sccache'], given)).rejects.toMatchObject({
      message: expect.stringContaining('The program is not sccache ') as string,
    })
    expect(readdirSync(root)).toEqual(['sccache'])
  })

  test('a defect of the helper is not used as a result', async () => {
    sudo('echo "something odd" >&2; exit 7')
    await expect(usage(host, ['npm'])).rejects.toThrow('the root helper failed: something odd')
  })
})
