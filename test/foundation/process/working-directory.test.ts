import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { version } from '../../../package.json'

const NOBODY = 65534
const isRoot = process.getuid?.() === 0
const base = mkdtempSync(join(tmpdir(), 'working-directory-'))
const bundle = join(base, 'shared-cache.cjs')
const closed = join(base, 'closed')

/** Runs the program as another user, in a directory that this user cannot enter. */
function run(...args: readonly string[]) {
  return spawnSync(process.execPath, [bundle, ...args], {
    cwd: closed,
    uid: NOBODY,
    gid: NOBODY,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
  })
}

/** Whether that user can start this Node. */
const canRun =
  isRoot &&
  spawnSync(process.execPath, ['-e', '0'], { cwd: '/', uid: NOBODY, gid: NOBODY }).status === 0

describe.skipIf(!canRun)('a directory that the user cannot enter (needs root)', () => {
  beforeAll(() => {
    chmodSync(base, 0o755)
    copyFileSync(join('dist', `dokku-shared-cache-${version}`, 'shared-cache.cjs'), bundle)
    chmodSync(bundle, 0o644)
    mkdirSync(closed, { mode: 0o700 })
  })
  afterAll(() => rmSync(base, { recursive: true }))

  test('does not stop commands from starting programs', () => {
    const { stdout, stderr } = run('doctor', '--format', 'json')
    expect(stderr).not.toContain('EACCES')
    expect(JSON.parse(stdout)).toMatchObject({ version: 1 })
  })
})
