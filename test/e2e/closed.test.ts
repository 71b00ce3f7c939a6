import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Finding } from '../../src/foundation/core/findings'
import { runBundle } from '../support/bundle'

/** Root ignores file modes unless it drops that capability. */
const BOUND =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : []

describe('a cache that the user cannot read', () => {
  let root: string
  const run = (...args: string[]) =>
    runBundle(args, { SHARED_CACHE_ROOT: root, DOCKER_HOST: 'unix:///nowhere.sock' }, '', BOUND)

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'closed-'))
    expect(await run('setup')).toMatchObject({ exit: 0 })
    chmodSync(join(root, 'npm'), 0)
  })
  afterEach(() => {
    for (const name of readdirSync(root)) chmodSync(join(root, name), 0o700)
    rmSync(root, { recursive: true })
  })

  test('does not stop other caches from being pruned', async () => {
    const { exit, stdout, stderr } = await run('prune', '--max-size', '1', '--dry-run')
    expect(stderr.split('\n')).toContain(' !     Skipped npm: npm: not permitted')
    expect(stdout).toContain('=====> pip: nothing to prune')
    expect(stdout).toContain('=====> cargo: nothing to prune')
    expect(exit).toBe(0)
  })

  test('is an error if it was named', async () => {
    const { exit, stderr } = await run('prune', '--cache', 'npm', '--max-size', '1', '--dry-run')
    expect(exit).toBe(1)
    expect(stderr.split('\n')[0]).toBe(' !     npm: not permitted')
  })

  test('is reported by the doctor, and its content is not reported as missing', async () => {
    const { exit, stdout } = await run('doctor', '--format', 'json')
    expect(exit).toBe(1)
    const { findings } = JSON.parse(stdout) as { findings: Finding[] }
    const wrong = findings.filter(({ name, status }) => name === 'directories' && status === 'fail')
    const texts = wrong.map(({ text }) => text)
    expect(texts).toContain(`${root}/npm: mode 0000 instead of 0777`)
    expect(texts).toContain(`${root}/npm/CACHEDIR.TAG: this user may not read it`)
    expect(texts.filter((text) => !text.startsWith(`${root}/npm`))).toEqual([])
  })

  test('does not stop other caches from being pruned if it is the directory of groups; naming one is an error', async () => {
    mkdirSync(join(root, 'groups'), { mode: 0 })
    const pruned = await run('prune', '--max-size', '1', '--dry-run')
    expect(pruned.exit).toBe(0)
    const verified = await run('verify', '--group', 'team')
    expect(verified.exit).toBe(1)
    expect(verified.stderr.split('\n')[0]).toBe(' !     groups: not permitted')
  })
})
