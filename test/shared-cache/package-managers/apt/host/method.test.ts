import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { APT_PROGRAMS } from '../../../../../src/shared-cache/catalogue/core/apt'
import { startRepository } from '../../../../support/apt-repository'
import { hasApt, isRoot } from '../../../../support/needs'

const run = promisify(execFile)
const TEXTS = { one: 'of one\n'.repeat(500), two: 'of two\n'.repeat(500) }
const ONE = 'pool/one_1.0+x1_all.deb'
/** Nothing of this machine's own configuration: its hooks remove files. */
const ALONE = 'Dir::Etc::main "/dev/null";\nDir::Etc::parts "/dev/null";\n'

/** The real apt with directories of its own, and a repository on this machine. */
describe.skipIf(!hasApt)('the script between apt and its own methods (needs apt)', () => {
  let base: string
  let cache: string
  let repository: Awaited<ReturnType<typeof startRepository>>

  beforeEach(async () => {
    base = mkdtempSync(join(tmpdir(), 'shared-cache-apt-'))
    // apt's own method runs as another user.
    chmodSync(base, 0o755)
    cache = join(base, 'cache')
    mkdirSync(cache)
    repository = await startRepository(base, TEXTS)
    for (const { name, text, mode } of APT_PROGRAMS.files) {
      const path = join(base, APT_PROGRAMS.directory, name)
      mkdirSync(join(base, APT_PROGRAMS.directory), { recursive: true })
      writeFileSync(
        path,
        text.replaceAll('/run/shared-cache', base).replace('/bin/sh', '/bin/dash'),
      )
      chmodSync(path, mode)
    }
    appendFileSync(program('apt.conf'), ALONE)
    writeFileSync(join(base, 'alone.conf'), ALONE)
  })
  afterEach(() => {
    repository.stop()
    rmSync(base, { recursive: true, force: true })
  })

  const at = (path: string) => join(cache, repository.digests.get(path) ?? '')
  const program = (name: string) => join(base, APT_PROGRAMS.directory, name)

  /** What a step would do in an image of its own: it updates and downloads an archive. */
  async function step(
    image: string,
    env: Record<string, string> = {},
    options: readonly string[] = [],
  ) {
    const root = join(base, image)
    for (const path of ['state/lists/partial', 'cache/archives/partial', 'etc', 'dpkg'])
      mkdirSync(join(root, path), { recursive: true })
    writeFileSync(join(root, 'etc/sources.list'), repository.source)
    writeFileSync(join(root, 'dpkg/status'), '')
    const places = {
      'Dir::State': `${root}/state`,
      'Dir::State::status': `${root}/dpkg/status`,
      'Dir::Cache': `${root}/cache`,
      'Dir::Etc': `${root}/etc`,
      'Dir::Etc::sourceparts': '/dev/null',
      'Acquire::Retries': '0',
      'Debug::NoLocking': '1',
    }
    const words = Object.entries(places).flatMap(([name, value]) => ['-o', `${name}=${value}`])
    const all = { PATH: process.env['PATH'], APT_CONFIG: program('apt.conf'), LC_ALL: 'C', ...env }
    const set = { SHARED_CACHE_APT: cache, ...all }
    const apt = (...args: string[]) => run('apt-get', [...words, ...options, ...args], { env: set })
    const before = repository.paths.length
    await apt('update')
    await apt('install', '--yes', '--download-only', 'one')
    return repository.paths.slice(before)
  }

  /** Every file of an image: mode, size, time and content of what apt has downloaded. */
  function treeOf(image: string) {
    const out = execFileSync('find', [join(base, image), '-printf', '%P %y %m %s %l\n'])
    const archive = join(base, image, 'cache/archives', ONE.slice('pool/'.length))
    const { mtimeMs, uid, gid } = statSync(archive)
    const files = out.toString().split('\n')
    // The caches of apt itself are not the same from run to run.
    return {
      files: files.filter((line) => !line.includes('pkgcache.bin')).sort(),
      mtimeMs,
      uid,
      gid,
    }
  }

  const downloads = (paths: readonly string[]) =>
    paths.filter((path) => /\.deb$|Packages/.test(path)).sort()

  test('what one step has downloaded, no other downloads', async () => {
    expect(downloads(await step('a'))).toEqual(['Packages.gz', ONE])
    expect(downloads(await step('b'))).toEqual([])
    expect(readdirSync(cache).sort()).toEqual(
      ['Packages.gz', ONE].map((path) => repository.digests.get(path)).sort(),
    )
  })

  test('the image has the same files as without the cache', async () => {
    await step('plain', { APT_CONFIG: join(base, 'alone.conf') })
    expect(readdirSync(cache)).toEqual([])
    await step('cold')
    await step('warm')
    expect(treeOf('cold')).toEqual(treeOf('plain'))
    expect(treeOf('warm')).toEqual(treeOf('plain'))
  })

  test('apt may have its own directories elsewhere', async () => {
    await step('a')
    const elsewhere = join(base, 'elsewhere')
    mkdirSync(join(elsewhere, 'partial'), { recursive: true })
    expect(downloads(await step('b', {}, ['-o', `Dir::Cache::archives=${elsewhere}`]))).toEqual([])
    expect(readdirSync(elsewhere)).toContain(ONE.slice('pool/'.length))
  })

  test('what the server says now is always asked', async () => {
    await step('a')
    const paths = await step('b')
    expect(paths).toContain('Release')
    expect(paths).toContain('InRelease')
  })

  const OTHER: Readonly<Record<string, (path: string) => void>> = {
    'is damaged but has its size': (path) => {
      const bytes = readFileSync(path)
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
      writeFileSync(path, bytes)
    },
    'is another archive': (path) => writeFileSync(path, readFileSync(join(base, 'two.deb'))),
    'is too short': (path) => truncateSync(path, 100),
    'is empty': (path) => truncateSync(path, 0),
    'is a link': (path) => {
      rmSync(path)
      symlinkSync(join(base, 'one.deb'), path)
    },
    'is a link to something without an end': (path) => {
      rmSync(path)
      symlinkSync('/dev/zero', path)
    },
    'is a pipe that nobody writes to': (path) => {
      rmSync(path)
      execFileSync('mkfifo', [path])
    },
  }
  test.each(Object.keys(OTHER))('a file that %s is downloaded and replaced', async (what) => {
    await step('a')
    const good = readFileSync(at(ONE))
    OTHER[what]?.(at(ONE))
    expect(downloads(await step('b'))).toEqual([ONE])
    expect(readFileSync(join(base, 'b/cache/archives', ONE.slice('pool/'.length)))).toEqual(good)
    expect(statSync(at(ONE)).isFile()).toBe(true)
    expect(readFileSync(at(ONE))).toEqual(good)
    expect(downloads(await step('c'))).toEqual([])
  })

  test('of a file that is far too long no more is copied than the index says', async () => {
    await step('a')
    const good = readFileSync(at(ONE))
    truncateSync(at(ONE), 2 ** 40)
    expect(downloads(await step('b'))).toEqual([])
    expect(readFileSync(join(base, 'b/cache/archives', ONE.slice('pool/'.length)))).toEqual(good)
  })

  test('a directory in its place stays, and the step succeeds', async () => {
    mkdirSync(at(ONE))
    expect(downloads(await step('a'))).toContain(ONE)
    expect(readdirSync(at(ONE))).toEqual([])
  })

  test('apt itself refuses a damaged file that the script would offer', async () => {
    await step('a')
    OTHER['is damaged but has its size']?.(at(ONE))
    const text = readFileSync(program('http'), 'utf8')
    const trusting = text.replace(/\[ "\$\(sha256sum .*\] &&/, 'true &&')
    expect(trusting).not.toBe(text)
    writeFileSync(program('http'), trusting)
    await expect(step('b')).rejects.toMatchObject({
      stderr: expect.stringContaining('Hash Sum mismatch') as string,
    })
    const left = readdirSync(join(base, 'b/cache/archives'))
    expect(left.filter((name) => name.endsWith('.deb'))).toEqual([])
  })

  test.each<[string, Record<string, string>, () => void]>([
    ['is missing', {}, () => rmSync(cache, { recursive: true })],
    ['is a file', {}, () => (rmSync(cache, { recursive: true }), writeFileSync(cache, ''))],
    ['has no name', { SHARED_CACHE_APT: '' }, () => undefined],
    [
      'is a link',
      {},
      () => {
        rmSync(cache, { recursive: true })
        mkdirSync(join(base, 'other'))
        symlinkSync(join(base, 'other'), cache)
      },
    ],
  ])('a step whose cache %s downloads as it would without', async (_, env, change) => {
    change()
    expect(downloads(await step('a', env))).toEqual(['Packages.gz', ONE])
    expect(existsSync(join(base, 'other')) ? readdirSync(join(base, 'other')) : []).toEqual([])
  })

  test('a step whose cache cannot be written uses what it has', async () => {
    await step('a')
    rmSync(at('Packages.gz'))
    // Root may write everything: a program that makes no file stands for it.
    mkdirSync(join(base, 'bin'))
    writeFileSync(join(base, 'bin/mktemp'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const env = { PATH: `${base}/bin:${process.env['PATH'] ?? ''}` }
    expect(downloads(await step('b', env))).toEqual(['Packages.gz'])
    expect(existsSync(at('Packages.gz'))).toBe(false)
  })

  test('a step on a full disk of the cache leaves no part of a file', async () => {
    mkdirSync(join(base, 'bin'))
    const full = '#!/bin/sh\nprintf part\nexit 1\n'
    writeFileSync(join(base, 'bin/cat'), full, { mode: 0o755 })
    const env = { PATH: `${base}/bin:${process.env['PATH'] ?? ''}` }
    expect(downloads(await step('a', env))).toEqual(['Packages.gz', ONE])
    expect(readdirSync(cache)).toEqual([])
  })

  test('without the configuration apt only warns, and uses its own methods', async () => {
    const ask = ['shell', 'METHOD', 'Dir::Bin::Methods::http']
    const env = { ...process.env, LC_ALL: 'C', APT_CONFIG: program('apt.conf') }
    expect((await run('apt-config', ask, { env })).stdout).toContain(program('http'))
    rmSync(program('apt.conf'))
    const { stdout, stderr } = await run('apt-config', ask, { env })
    expect([stdout, stderr]).toEqual(['', expect.stringContaining('W: Unable to read')])
  })

  test('bash, whose messages could be mixed, does not use the cache', async () => {
    for (const name of ['http', 'https']) {
      const text = readFileSync(program(name), 'utf8')
      writeFileSync(program(name), text.replace('/bin/dash', '/usr/bin/env bash'))
    }
    expect(downloads(await step('a'))).toEqual(['Packages.gz', ONE])
    expect(readdirSync(cache)).toEqual([])
  })

  test('twelve steps at once all succeed, and everything in the cache is right', async () => {
    const images = Array.from({ length: 12 }, (_, index) => `image-${index}`)
    await Promise.all(images.map((image) => step(image)))
    const names = readdirSync(cache)
    expect(names.sort()).toEqual(
      ['Packages.gz', ONE].map((path) => repository.digests.get(path)).sort(),
    )
    for (const name of names) {
      const bytes = readFileSync(join(cache, name))
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(name)
    }
    const again = await Promise.all(images.map((image) => step(`again-${image}`)))
    expect(downloads(again.flat())).toEqual([])
  }, 120_000)

  test.skipIf(!isRoot)(
    'a stored file is open to all, and of the mode of a file (needs root)',
    async () => {
      await step('a')
      expect(statSync(at(ONE)).mode & 0o777).toBe(0o644)
    },
  )
})
