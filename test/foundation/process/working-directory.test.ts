import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { version } from '../../../package.json'

const NOBODY = 65534
const isRoot = process.getuid?.() === 0
const base = mkdtempSync(join(tmpdir(), 'working-directory-'))
const bundle = join(base, 'shared-cache.cjs')
const program = join(base, 'program.cjs')
const closed = join(base, 'closed')
const inside = join(closed, 'inside')

/** Runs a program of this project as another user, in a directory that this user cannot enter. */
function run(cwd: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, args, {
    cwd,
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
    buildSync({
      stdin: {
        contents: `import { EXECA } from './src/foundation/process/execa'
          EXECA.call('echo', ['here'], {}).then(({ stdout }) => console.log(stdout), console.log)`,
        resolveDir: process.cwd(),
        loader: 'ts',
      },
      ...{ bundle: true, platform: 'node', format: 'cjs', outfile: program },
    })
    mkdirSync(closed, { mode: 0o700 })
    mkdirSync(inside, { mode: 0o755 })
  })
  afterAll(() => rmSync(base, { recursive: true }))

  test.each([
    ['itself', closed],
    ['and an open one inside of it', inside],
  ])('does not stop commands from starting programs: %s', (_, directory) => {
    const { stdout, stderr } = run(directory, bundle, 'doctor', '--format', 'json')
    expect(stdout + stderr).not.toContain('EACCES')
    expect(JSON.parse(stdout)).toMatchObject({ version: 1 })
    expect(run(directory, program).stdout).toBe('here\n')
  })
})
