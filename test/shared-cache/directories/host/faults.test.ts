import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { version } from '../../../../package.json'
import type { Host } from '../../../../src/foundation/cli/command'
import {
  checkCaches,
  makeCaches,
  removeSteps,
  walkCache,
} from '../../../../src/shared-cache/directories/host/caches'
import type { RemovalStep } from '../../../../src/shared-cache/package-managers/core/steps'
import { archive, crate, download, npmEntry } from '../../../support/cache-files'
import { type EngineDouble, serveBuildCache } from '../../../support/engine'
import { hasAcl, isRoot } from '../../../support/needs'
import { canInject, injecting } from '../../../support/strace'
import { mountSmallDisk, type SmallDisk } from '../../../support/small-disk'
import { localHost } from '../../../support/host'

const CACHES = ['pip', 'uv', 'npm', 'playwright', 'cargo']

let base: string
let root: string
let host: Host
let disk: SmallDisk

describe.skipIf(!isRoot)('a failing disk (needs root)', () => {
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'shared-cache-'))
    disk = mountSmallDisk(join(base, 'disk'))
    root = join(disk.path, 'shared')
    host = localHost(root)
  })
  afterEach(() => {
    disk.unmount()
    rmSync(base, { recursive: true, force: true })
  })

  const isRight = async () => {
    expect(await checkCaches(host, CACHES)).toEqual([])
    for (const cache of ['pip', 'uv', 'npm', 'ms-playwright', 'rust']) {
      expect(readFileSync(join(root, cache, 'CACHEDIR.TAG'), 'utf8')).toMatch(/^Signature: 8a47/)
    }
  }

  describe('setup', () => {
    test.each<[string, () => void, string]>([
      ['a full disk', () => disk.fill(), 'no space left, or no inodes'],
      ['hardly any space', () => disk.fill(4096), 'no space left, or no inodes'],
      ...[0, 1, 2, 3, 5, 8, 13].map((left): [string, () => void, string] => [
        `${left} inodes`,
        () => disk.useUpInodes(left),
        'no space left, or no inodes',
      ]),
      ['a read-only file system', () => disk.readOnly(), 'the file system is read-only'],
    ])('%s: one line reports it, and the next run completes it', async (_, spoil, said) => {
      spoil()
      await expect(makeCaches(host, CACHES)).rejects.toMatchObject({
        name: 'KnownError',
        message: expect.stringMatching(new RegExp(`^${root}.*: ${said}$`)) as string,
        hint: expect.stringContaining('run this again') as string,
      })
      disk.mend()
      await makeCaches(host, CACHES)
      await isRight()
    })

    test('a tag that a full disk left empty is written again', async () => {
      await makeCaches(host, CACHES)
      writeFileSync(join(root, 'npm/CACHEDIR.TAG'), '')
      expect(await checkCaches(host, CACHES)).toEqual([
        { cache: 'npm', path: 'npm/CACHEDIR.TAG', kind: 'missing', problem: 'empty' },
      ])
      await makeCaches(host, CACHES)
      await isRight()
    })
  })

  describe('prune', () => {
    const quiet = () => undefined

    async function fill(): Promise<RemovalStep[]> {
      await makeCaches(host, ['npm'])
      const steps: RemovalStep[] = []
      for (const path of ['one', 'two', 'three']) {
        mkdirSync(join(root, 'npm', path))
        writeFileSync(join(root, 'npm', path, 'file'), 'x'.repeat(10_000))
      }
      await walkCache(host, 'npm', ({ path, identity }) => {
        if (/^(one|two|three)$/.test(path)) steps.push({ action: 'trash', path, identity })
      })
      return steps
    }

    test.each<[string, () => void]>([
      ['a full disk', () => disk.fill()],
      ['no inodes', () => disk.useUpInodes()],
    ])('%s does not stop it from removing everything', async (_, spoil) => {
      const steps = await fill()
      spoil()
      const removed = await removeSteps(host, 'npm', steps, quiet)
      expect(removed.left).toEqual([])
      expect(removed.freed).toBeGreaterThan(30_000)
      expect(readdirSync(join(root, 'npm'))).toEqual(['CACHEDIR.TAG'])
    })

    test('a read-only file system is reported, and nothing counts as removed', async () => {
      const steps = await fill()
      disk.readOnly()
      await expect(removeSteps(host, 'npm', steps, quiet)).rejects.toMatchObject({
        code: 'EROFS',
      })
    })
  })
})

describe.skipIf(!canInject())('one system call fails (needs strace and chattr)', () => {
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'shared-cache-'))
    root = join(base, 'shared')
    copyFileSync(`dist/dokku-shared-cache-${version}/helper.cjs`, join(base, 'helper.cjs'))
    writeFileSync(join(base, 'root'), `${root}\n0\n`)
  })
  afterEach(() => rmSync(base, { recursive: true, force: true }))

  const helper = [process.execPath, 'helper.cjs', 'make', ...CACHES]

  test.skipIf(!hasAcl).each([
    ['mkdir', 'EIO', 3, 'the disk failed to read or write'],
    ['mkdir', 'EDQUOT', 5, 'the disk quota is used up'],
    ['chmod,fchmod,fchmodat', 'EPERM', 2, 'not permitted'],
    ['chmod,fchmod,fchmodat', 'EIO', 4, 'the disk failed to read or write'],
  ])('%s: %s is one line, and the next run completes it (needs acl)', (call, code, when, said) => {
    const [strace = '', ...options] = injecting(call, `error=${code}`, when, join(base, 'trace'))
    const failed = spawnSync(strace, [...options, ...helper], { cwd: base, encoding: 'utf8' })
    expect(readFileSync(join(base, 'trace'), 'utf8')).toContain('INJECTED')
    expect(failed.status).toBe(1)
    expect(failed.stderr.trim().split('\n')).toHaveLength(1)
    const { message } = JSON.parse(failed.stderr) as { message: string }
    expect(message).toMatch(new RegExp(`^${root}.*: ${said}$`))
    execFileSync(helper[0] ?? '', helper.slice(1), { cwd: base })
    const again = spawnSync(helper[0] ?? '', [...helper.slice(1), '--check'], {
      cwd: base,
      encoding: 'utf8',
    })
    expect(JSON.parse(again.stdout)).toEqual({ changed: [], remaining: [] })
  })

  test('an immutable directory is named with its remedy', () => {
    execFileSync(helper[0] ?? '', helper.slice(1), { cwd: base })
    execFileSync('chmod', ['755', join(root, 'npm')])
    execFileSync('chattr', ['+i', join(root, 'npm')])
    try {
      const failed = spawnSync(helper[0] ?? '', helper.slice(1), { cwd: base, encoding: 'utf8' })
      expect(JSON.parse(failed.stderr)).toEqual({
        message: `${root}/npm: immutable (see \`lsattr -d\`)`,
        hint: `Nothing was changed. To fix: chattr -i ${root}/npm; then run this again.`,
      })
    } finally {
      execFileSync('chattr', ['-i', join(root, 'npm')])
    }
  })

  describe('prune, if the disk fails for one entry', () => {
    const bundle = `dist/dokku-shared-cache-${version}/shared-cache.cjs`
    const fill: Readonly<Record<string, (directory: string, name: string) => unknown>> = {
      npm: npmEntry,
      pip: (directory, name) => download(directory, 'http-v2', Buffer.from(name)),
      uv: archive,
      rust: (directory, name) => crate(directory, name, '1.0.0', null),
    }

    // Prune reads Docker's build cache as well, and would warn if it could not.
    let engine: EngineDouble
    beforeEach(async () => (engine = await serveBuildCache([])))
    afterEach(() => engine.close())

    async function prune(cache: string, before: readonly string[] = []) {
      const limits = ['--cache', cache, '--older-than', '1d', '--force']
      const words = [...before, process.execPath, bundle, 'prune', ...limits]
      const env = { PATH: process.env['PATH'], SHARED_CACHE_ROOT: root, DOCKER_HOST: engine.host }
      const options = { env, extendEnv: false, reject: false, stdin: 'ignore' } as const
      const { exitCode, stderr } = await execa(words[0] ?? '', words.slice(1), options)
      return { status: exitCode, stderr }
    }

    test.each([
      ['npm', 'unlinkat', 2, 'not everything could be deleted: Input/output error'],
      ['pip', 'unlink', 2, 'the disk failed to read or write'],
      ['uv', 'unlinkat', 2, 'not everything could be deleted: Input/output error'],
      ['rust', 'rename', 1, 'the disk failed to read or write'],
    ])(
      '%s, %s: a line reports it, the rest is removed, the next run completes it',
      async (cache, call, when, said) => {
        const directory = join(root, cache)
        for (const name of ['a', 'b', 'c']) fill[cache]?.(directory, name)
        execFileSync('find', [directory, '-exec', 'touch', '-h', '-d', '3 days ago', '{}', '+'])
        const files = () =>
          execFileSync('find', [directory, '-type', 'f', '!', '-name', '.*'], { encoding: 'utf8' })
            .split('\n')
            .filter((path) => path !== '').length
        const before = files()
        const [strace = '', ...options] = injecting(call, 'error=EIO', when, join(base, 'trace'))
        const failed = await prune(cache, [strace, '-f', ...options])
        expect(readFileSync(join(base, 'trace'), 'utf8')).toContain('INJECTED')
        expect(failed.status).toBe(1)
        const lines = failed.stderr.split('\n').filter((line) => line !== '')
        const line = `^ !     [a-z]+: .*${said}. The next prune tries again.$`
        expect(lines).toEqual([expect.stringMatching(line)])
        expect(files()).toBeGreaterThan(0)
        expect(files()).toBeLessThan(before)
        expect(await prune(cache)).toMatchObject({ status: 0, stderr: '' })
        expect(files()).toBe(0)
        expect(readdirSync(directory).filter((name) => name.startsWith('.trash'))).toEqual([])
      },
    )
  })
})
