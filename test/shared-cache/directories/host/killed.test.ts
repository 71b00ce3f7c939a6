import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { version } from '../../../../package.json'
import { hasAcl } from '../../../support/needs'
import { canInject, injecting } from '../../../support/strace'

/** Points at which each command is killed; SHARED_CACHE_TEST_POINTS=100 uses all. */
const POINTS = Number(process.env['SHARED_CACHE_TEST_POINTS'] ?? 4)

const BUNDLE = `dist/dokku-shared-cache-${version}`
/** The system calls that change something. */
const CHANGES = [
  ...['mkdir', 'mkdirat', 'rmdir', 'unlink', 'unlinkat', 'rename', 'renameat2', 'symlink'],
  ...['chmod', 'fchmodat', 'chown', 'fchownat', 'write', 'pwrite64', 'ftruncate'],
].join()

let base: string
let root: string

/** A system call, and its number among calls of this kind. */
type Point = readonly [call: string, nth: number]

/** Some of all points, evenly spread. */
function spread(points: readonly Point[]): readonly Point[] {
  const step = Math.max(1, points.length / POINTS)
  const some = Array.from({ length: Math.min(points.length, POINTS) }, (_, n) =>
    Math.floor(n * step),
  )
  return points.filter((_, index) => some.includes(index))
}

function run(before: readonly string[], argv: readonly string[]) {
  const [program = '', ...rest] = [...before, process.execPath, ...argv]
  const env = { PATH: process.env['PATH'], HOME: base, SHARED_CACHE_ROOT: root }
  return spawnSync(program, rest, { cwd: base, encoding: 'utf8', env })
}

/** The changes of a command that is not killed. */
function changesOf(argv: readonly string[]): readonly Point[] {
  const trace = join(base, 'trace')
  run(['strace', '-o', trace, '-e', `trace=${CHANGES}`], argv)
  const seen = new Map<string, number>()
  return [...readFileSync(trace, 'utf8').matchAll(/^(\w+)\(/gm)].map(([, call = '']): Point => {
    const nth = (seen.get(call) ?? 0) + 1
    seen.set(call, nth)
    return [call, nth]
  })
}

/** Returns whether the command reached the point: some writes, such as those that wake a thread, vary. */
function killAt([call, nth]: Point, argv: readonly string[]): boolean {
  const { signal } = run(injecting(call, 'signal=KILL', nth, join(base, 'trace')), argv)
  return signal === 'SIGKILL'
}

describe.skipIf(!canInject())('killed at any change (needs strace and chattr)', () => {
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'shared-cache-'))
    root = join(base, 'shared')
    copyFileSync(`${BUNDLE}/helper.cjs`, join(base, 'helper.cjs'))
    copyFileSync(`${BUNDLE}/shared-cache.cjs`, join(base, 'shared-cache.cjs'))
    writeFileSync(join(base, 'root'), `${root}\n0\n`)
  })
  afterEach(() => rmSync(base, { recursive: true, force: true }))

  test.skipIf(!hasAcl)(
    'the run after a killed setup completes it (needs acl)',
    () => {
      const make = ['helper.cjs', 'make', 'pip', 'npm', 'cargo', 'pip@debian-12-amd64-glibc']
      const leaveClosed = () => {
        rmSync(root, { recursive: true, force: true })
        mkdirSync(join(root, 'pip/http/a/b'), { recursive: true, mode: 0o755 })
        for (const name of ['a', 'a/one', 'a/b/two'].slice(1)) {
          writeFileSync(join(root, 'pip/http', name), 'x', { mode: 0o600 })
        }
      }
      leaveClosed()
      const changes = changesOf(make)
      expect(changes.length).toBeGreaterThan(10)
      const points = spread(changes)
      let killed = 0
      for (const point of points) {
        leaveClosed()
        if (killAt(point, make)) killed += 1
        expect(run([], make)).toMatchObject({ status: 0, stderr: '' })
        const check = run([], [...make, '--check'])
        expect(JSON.parse(check.stdout)).toEqual({ changed: [], remaining: [] })
        expect(statSync(join(root, 'pip/http/a/b')).mode & 0o777).toBe(0o777)
        expect(statSync(join(root, 'pip/http/a/b/two')).mode & 0o777).toBe(0o666)
        expect(readdirSync(join(root, 'pip')).sort()).toEqual([
          ...['CACHEDIR.TAG', 'debian-12-amd64-glibc', 'http', 'http-v2'],
        ])
      }
      expect(killed).toBeGreaterThan(points.length / 2)
      if (POINTS > 10) console.log(`killed at ${killed} points of ${changes.length}`)
    },
    600_000,
  )

  const HEADS = [1, 2, 3].map((n) => `pip/http-v2/8/3/f/4/${n}/83f4${n}${'5a'.repeat(25)}f`)
  const REGISTRY = 'index.example-1949cf8c6b5b557f'

  function fill(): void {
    rmSync(root, { recursive: true, force: true })
    const put = (path: string) => {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), 'x')
    }
    for (const head of HEADS) [head, `${head}.body`].forEach(put)
    for (const name of ['itoa', 'ryu', 'serde']) {
      put(`rust/registry/cache/${REGISTRY}/${name}-1.0.0.crate`)
      put(`rust/registry/src/${REGISTRY}/${name}-1.0.0/.cargo-ok`)
      put(`rust/registry/src/${REGISTRY}/${name}-1.0.0/src/lib.rs`)
      put(`uv/archive-v0/${name}/module.py`)
      put(`uv/wheels-v5/pypi/${name}/1.0.http`)
      symlinkSync(`../../../archive-v0/${name}`, join(root, `uv/wheels-v5/pypi/${name}/1.0`))
    }
    execFileSync('find', [root, '-exec', 'touch', '-h', '-d', '100 days ago', '{}', '+'])
  }

  /** Checks that there is nothing incomplete that a tool would use as complete. */
  function expectWhole(): void {
    for (const head of HEADS) {
      if (existsSync(join(root, head))) expect(existsSync(join(root, `${head}.body`))).toBe(true)
    }
    for (const name of ['itoa', 'ryu', 'serde']) {
      const archive = join(root, `uv/wheels-v5/pypi/${name}/1.0/module.py`)
      const link = execFileSync('find', [dirname(dirname(archive)), '-maxdepth', '1', '-type', 'l'])
      if (link.length > 0) expect(existsSync(archive)).toBe(true)
      const source = join(root, `rust/registry/src/${REGISTRY}/${name}-1.0.0`)
      if (existsSync(source)) expect(existsSync(join(source, 'src/lib.rs'))).toBe(true)
    }
  }

  test('prune: the rest is complete, and the next run completes it', () => {
    const caches = ['pip', 'uv', 'cargo'].flatMap((name) => ['--cache', name])
    const prune = ['shared-cache.cjs', 'prune', ...caches, '--max-size', '0', '--force']
    fill()
    const changes = changesOf(prune)
    expect(changes.length).toBeGreaterThan(30)
    const points = spread(changes)
    let killed = 0
    for (const point of points) {
      fill()
      if (killAt(point, prune)) killed += 1
      expectWhole()
      expect(run([], prune)).toMatchObject({ status: 0 })
      const left = execFileSync('find', [root, '-type', 'f'], { encoding: 'utf8' })
      expect(
        left.split('\n').filter((path) => path && !/\.(package-cache.*|lock)$/.test(path)),
      ).toEqual([])
      expect(execFileSync('find', [root, '-name', '.trash-*'], { encoding: 'utf8' })).toBe('')
    }
    expect(killed).toBeGreaterThan(points.length / 2)
    if (POINTS > 10) console.log(`killed at ${killed} points of ${changes.length}`)
  }, 600_000)
})
