import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { verify as verifyCommand } from '../../src/shared-cache/verify/command'
import type { Host } from '../../src/foundation/cli/command'
import { DEFAULT_CACHES } from '../../src/shared-cache/catalogue/core/catalogue'
import { makeCaches } from '../../src/shared-cache/directories/host/caches'
import { makeRunner } from '../../src/foundation/process/runner'
import { makeLog } from '../../src/foundation/output/log'
import { version } from '../../package.json'
import { runBundle } from '../support/bundle'
import {
  answer,
  archive,
  builtWheel,
  compiled,
  crate,
  download,
  goBuild,
  goModule,
  makeOld,
  msgpack,
  npmEntry,
  put,
  wheel,
} from '../support/cache-files'
import { localHost } from '../support/host'

interface Document {
  readonly caches: readonly {
    readonly cache: string
    readonly proven: number
    readonly unprovable: number
    readonly damaged: number
    readonly inUse: number
    readonly freed: number | null
    readonly damage: readonly { path: string; why: string; removed: boolean }[]
  }[]
}

let base: string
let root: string
const host = (): Host => ({
  platform: localHost(root).platform,
  runner: makeRunner(false),
})
const env = () => ({ PATH: process.env['PATH'], SHARED_CACHE_ROOT: root })

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'shared-cache-'))
  root = join(base, 'shared')
  await makeCaches(host(), Object.keys(FILL))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const verify = (...words: string[]) => runBundle(['verify', ...words], env())

/** Verifies one cache in this process, and returns the output and the exit code. */
async function verified(cache: string, ...words: '--fix'[]) {
  let stdout = ''
  const log = makeLog({
    out: (text) => (stdout += text),
    err: () => undefined,
    drained: () => Promise.resolve(),
    terminal: false,
    quiet: false,
  })
  const engine = () => Promise.reject(new Error('no engine is needed'))
  const context = { ...host(), env: {}, log, engine, now: () => new Date(), interactive: false }
  const fix = words.includes('--fix')
  const exit = await verifyCommand(context, { cache: [cache], format: 'json', fix })
  const [only] = (JSON.parse(stdout) as Document).caches
  if (!only) throw new Error('no cache in the document')
  return { ...only, exit }
}

function flip(path: string, at = Math.floor(statSync(path).size / 2)): void {
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] ?? 0) ^ 4
  writeFileSync(path, bytes)
  makeOld(path)
}

function cut(path: string, to = Math.floor(statSync(path).size / 2)): void {
  truncateSync(path, to)
  makeOld(path)
}

/** Makes a complete cache, and returns a path for each file that can be damaged. */
const FILL: Readonly<Record<string, (cache: string) => Record<string, string>>> = {
  npm: (cache) => {
    npmEntry(cache, 'another')
    return npmEntry(cache, 'a package')
  },
  cargo: (cache) => {
    crate(cache, 'rand', '0.8.5', 'ra/nd/rand')
    return {
      ...crate(cache, 'foo-2-bar', '1.0.0-rc.1', 'fo/o-/foo-2-bar'),
      unknown: crate(cache, 'unknown', '1.0.0', null).crate,
    }
  },
  pip: (cache) => ({
    download: download(cache, 'http-v2', wheel()),
    page: download(cache, 'http-v2', Buffer.from('<html>')),
    old: download(cache, 'http', Buffer.from('old and long'.repeat(9000))),
    leaf: builtWheel(cache),
    'leaf of a system': `debian-12-amd64-glibc/${builtWheel(join(cache, 'debian-12-amd64-glibc'))}`,
  }),
  uv: (cache) => {
    put(join(cache, 'simple-v18/pypi/x.rkyv'), answer('new', Buffer.from('anything')))
    put(join(cache, 'sdists-v9/pypi/y/1.0/revision.http'), answer('old', msgpack(['id'])))
    put(join(cache, 'sdists-v9/pypi/y/1.0/id/metadata.msgpack'), msgpack(['y']))
    put(join(cache, 'sdists-v9/pypi/y/1.0/id/src/test/odd.msgpack'), 'anything')
    archive(join(cache, 'base-0123456789abcdef'), 'other')
    return archive(cache, 'x')
  },
  playwright: (cache) => {
    put(join(cache, 'chromium-1187/INSTALLATION_COMPLETE'))
    put(join(cache, 'debian-12-amd64-glibc/firefox-1490/INSTALLATION_COMPLETE'))
    put(join(cache, '.links/abc'))
    return { revision: 'chromium-1187' }
  },
  go: (cache) => {
    goBuild(join(cache, 'debian-12-amd64-glibc'))
    return { ...goModule(cache, 'example.com/!capital/m', 'v1.2.0'), ...goBuild(cache) }
  },
  sccache: (cache) => ({ compiled: compiled(cache) }),
}

const DIRECTORY: Readonly<Record<string, string>> = { cargo: 'rust', playwright: 'ms-playwright' }

function fill(cache: string): { at: (name: string) => string; path: (name: string) => string } {
  const directory = join(root, DIRECTORY[cache] ?? cache)
  const paths = FILL[cache]?.(directory) ?? {}
  const path = (name: string) => {
    const [first = '', ...rest] = name.split('|')
    return [paths[first] ?? first, ...rest].join('')
  }
  return { path, at: (name) => join(directory, path(name)) }
}

describe('caches without damage', () => {
  test.each([
    ['npm', 4, 0],
    ['cargo', 2, 4],
    ['pip', 5, 2],
    ['uv', 4, 7],
    ['playwright', 0, 2],
    ['go', 6, 5],
    ['sccache', 1, 0],
  ])('%s: %i proven, %i not provable', async (cache, proven, unprovable) => {
    fill(cache)
    expect(await verified(cache)).toMatchObject({ exit: 0, damaged: 0, proven, unprovable })
  })

  test('without a name, caches that are on by default or not empty are verified, including those of groups', async () => {
    mkdirSync(join(root, 'groups/private/npm'), { recursive: true })
    npmEntry(join(root, 'groups/private/npm'), 'x')
    fill('go')
    const { stdout, exit } = await verify()
    expect(exit).toBe(0)
    expect(stdout).toContain('=====> private:npm: 2 verified, 0 without checksum, 0 damaged')
    expect(stdout).toContain('=====> go: 6 verified')
    for (const cache of DEFAULT_CACHES) expect(stdout).toContain(`=====> ${cache}: 0 verified`)
    expect(stdout).not.toContain('sccache')
  })

  test('a group whose caches are empty has nothing to verify', async () => {
    mkdirSync(join(root, 'groups/private/npm'), { recursive: true })
    expect(await verify('--group', 'private')).toEqual({
      exit: 0,
      stdout: '-----> Nothing to verify: no such cache holds anything',
      stderr: '',
    })
  })
})

/** Each damage: the cache, the change, what is named, and what is removed by `--fix`. */
const DAMAGES: readonly [
  string,
  string,
  (at: (name: string) => string) => void,
  string,
  string,
  readonly string[],
][] = [
  [
    'npm',
    'a blob with a flipped bit',
    (at) => flip(at('content')),
    'content',
    'sha512',
    ['content'],
  ],
  ['npm', 'a blob cut in half', (at) => cut(at('content')), 'content', 'sha512', ['content']],
  ['npm', 'an empty blob', (at) => cut(at('content'), 0), 'content', 'sha512', ['content']],
  ['npm', 'a bucket with a flipped bit', (at) => flip(at('index')), 'index', 'line', ['index']],
  ['npm', 'a bucket cut in half', (at) => cut(at('index')), 'index', 'line', ['index']],
  ['npm', 'an empty bucket', (at) => cut(at('index'), 0), 'index', 'empty', ['index']],
  [
    'go',
    'an output with a flipped bit',
    (at) => flip(at('output')),
    'output',
    'sha256',
    ['output'],
  ],
  ['go', 'an output cut in half', (at) => cut(at('output')), 'output', 'sha256', ['output']],
  [
    'go',
    'a program with a flipped bit',
    (at) => flip(at('program|/tool')),
    'program',
    'sha256',
    ['program'],
  ],
  ['go', 'an action cut in half', (at) => cut(at('action')), 'action', 'truncated', ['action']],
  [
    'go',
    'an action of another name',
    (at) => put(at('action'), readFileSync(at('action'), 'utf8').replace(/^v1 ./, 'v1 0')),
    'action',
    'changed',
    ['action'],
  ],
  [
    'go',
    'the zip of a module with a flipped bit',
    (at) => flip(at('zip'), 90),
    'zip',
    '.ziphash',
    ['zip', 'hash', 'source'],
  ],
  [
    'go',
    'the zip of a module cut in half',
    (at) => cut(at('zip')),
    'zip',
    'zip file',
    ['zip', 'hash', 'source'],
  ],
  [
    'go',
    'the source of a module with a flipped bit',
    (at) => {
      flip(at('source|/b.go'))
      makeOld(at('source'))
    },
    'source',
    'hash of its module',
    ['source'],
  ],
  [
    'go',
    'the source of a module without one of its files',
    (at) => {
      rmSync(at('source|/b.go'))
      makeOld(at('source'))
    },
    'source',
    'hash of its module',
    ['source'],
  ],
  ['go', 'what is said of a version, cut', (at) => cut(at('info')), 'info', 'truncated', ['info']],
  ['go', 'an empty go.mod', (at) => cut(at('mod'), 0), 'mod', 'truncated', ['mod']],
  [
    'sccache',
    'an entry cut in half',
    (at) => cut(at('compiled')),
    'compiled',
    'zip file',
    ['compiled'],
  ],
  [
    'sccache',
    'an entry with a flipped bit',
    (at) => flip(at('compiled'), 60),
    'compiled',
    'libx.rlib',
    ['compiled'],
  ],
  [
    'npm',
    'a pipe in place of a blob',
    (at) => {
      rmSync(at('content'))
      execFileSync('mkfifo', [at('content')])
    },
    'content',
    'not what the tool writes',
    ['content'],
  ],
  [
    'cargo',
    'a crate with a flipped bit',
    (at) => flip(at('crate')),
    'crate',
    'sha256',
    ['crate', 'source'],
  ],
  [
    'cargo',
    'a crate cut in half',
    (at) => cut(at('crate')),
    'crate',
    'sha256',
    ['crate', 'source'],
  ],
  [
    'cargo',
    'a crate that no index knows, cut',
    (at) => cut(at('unknown')),
    'unknown',
    'gzip',
    ['unknown'],
  ],
  [
    'cargo',
    'a source that was not unpacked to its end',
    (at) => {
      rmSync(at('source|/.cargo-ok'))
      makeOld(at('source'))
    },
    'source',
    '.cargo-ok',
    ['source'],
  ],
  [
    'pip',
    'a head cut in half',
    (at) => cut(at('download')),
    'download',
    'truncated',
    ['download', 'download|.body'],
  ],
  [
    'pip',
    'a head that is gone',
    (at) => rmSync(at('download')),
    'download|.body',
    'no head',
    ['download|.body'],
  ],
  [
    'pip',
    'a body that is gone',
    (at) => rmSync(at('download|.body')),
    'download',
    'body is missing',
    ['download'],
  ],
  [
    'pip',
    'a body cut in half',
    (at) => cut(at('page|.body')),
    'page',
    'bytes instead of 6',
    ['page', 'page|.body'],
  ],
  [
    'pip',
    'a wheel with a flipped bit',
    (at) => flip(at('download|.body'), 60),
    'download',
    'x/__init__.py',
    ['download|.body'],
  ],
  ['pip', 'an old download cut in half', (at) => cut(at('old')), 'old', 'truncated', ['old']],
  [
    'pip',
    'a built wheel cut in half',
    (at) => cut(at('leaf|/x-1.0-py3-none-any.whl')),
    'leaf|/x-1.0-py3-none-any.whl',
    'zip file',
    ['leaf'],
  ],
  [
    'pip',
    'a built wheel of a system, changed',
    (at) => flip(at('leaf of a system|/x-1.0-py3-none-any.whl'), 70),
    'leaf of a system|/x-1.0-py3-none-any.whl',
    'changed',
    ['leaf of a system'],
  ],
  [
    'pip',
    'an origin that is none',
    (at) => put(at('leaf|/origin.json'), '{'),
    'leaf|/origin.json',
    'not a file that pip writes',
    ['leaf|/origin.json'],
  ],
  [
    'uv',
    'a file of an archive with a flipped bit',
    (at) => flip(at('archive|/x/__init__.py')),
    'archive',
    'x/__init__.py',
    ['archive', 'link', 'link|.http', 'link|.msgpack'],
  ],
  [
    'uv',
    'a file of an archive cut in half',
    (at) => cut(at('archive|/x/__init__.py')),
    'archive',
    'x/__init__.py',
    ['archive', 'link'],
  ],
  [
    'uv',
    'a file of an archive that is gone',
    (at) => rmSync(at('archive|/x/__init__.py')),
    'archive',
    'missing',
    ['archive', 'link'],
  ],
  [
    'uv',
    'an archive without its RECORD',
    (at) => {
      rmSync(at('archive|/x-1.0.dist-info'), { recursive: true })
      makeOld(at('archive'))
    },
    'archive',
    '.dist-info',
    ['archive', 'link'],
  ],
  [
    'uv',
    'an archive that is gone',
    (at) => rmSync(at('archive'), { recursive: true }),
    'link',
    'is missing',
    ['link', 'link|.http', 'link|.msgpack'],
  ],
  [
    'uv',
    'an answer cut in half',
    (at) => cut(at('link|.http')),
    'link|.http',
    'truncated',
    ['link|.http'],
  ],
  [
    'uv',
    'an answer of an index cut in half',
    (at) => cut(at('simple-v18/pypi/x.rkyv')),
    'simple-v18/pypi/x.rkyv',
    'truncated',
    ['simple-v18/pypi/x.rkyv'],
  ],
  [
    'uv',
    'what is known of a source, cut',
    (at) => cut(at('sdists-v9/pypi/y/1.0/id/metadata.msgpack')),
    'sdists-v9/pypi/y/1.0/id/metadata.msgpack',
    'truncated',
    ['sdists-v9/pypi/y/1.0/id/metadata.msgpack'],
  ],
  [
    'playwright',
    'a browser that was not installed to its end',
    (at) => {
      rmSync(at('revision|/INSTALLATION_COMPLETE'))
      makeOld(at('revision'))
    },
    'revision',
    'INSTALLATION_COMPLETE',
    ['revision'],
  ],
]

describe('damaged entries', () => {
  test.each(DAMAGES)(
    '%s: %s is named, and removed with --fix',
    async (cache, _, damage, named, why, gone) => {
      const { at, path } = fill(cache)
      const good = await verified(cache)
      damage(at)
      const found = await verified(cache)
      expect(found).toMatchObject({
        exit: 1,
        damaged: 1,
        damage: [{ path: path(named), removed: false }],
      })
      expect(found.damage[0]?.why).toContain(why)
      const fixed = await verified(cache, '--fix')
      expect(fixed).toMatchObject({ exit: 0, damage: [{ path: path(named), removed: true }] })
      expect(gone.filter((name) => existsSync(at(name)))).toEqual([])
      const after = await verified(cache)
      expect(after).toMatchObject({ exit: 0, damaged: 0 })
      // Nothing else was removed.
      expect(after.proven + after.unprovable).toBeGreaterThanOrEqual(
        good.proven + good.unprovable - 4,
      )
    },
  )
})

describe('unfinished entries', () => {
  test('a browser whose installation started an hour ago is in use', async () => {
    mkdirSync(join(root, 'ms-playwright/chromium-1200'))
    expect(await verified('playwright', '--fix')).toMatchObject({ exit: 0, damaged: 0, inUse: 1 })
    expect(existsSync(join(root, 'ms-playwright/chromium-1200'))).toBe(true)
  })

  test('a header whose body does not exist yet is in use', async () => {
    const { at } = fill('pip')
    rmSync(at('page|.body'))
    writeFileSync(at('page'), readFileSync(at('page')))
    expect(await verified('pip', '--fix')).toMatchObject({ exit: 0, damaged: 0, inUse: 1 })
  })
})

describe('several damaged entries', () => {
  test('a crate and its source, both damaged, are removed once', async () => {
    const { at } = fill('cargo')
    cut(at('crate'))
    rmSync(at('source|/.cargo-ok'))
    makeOld(at('source'))
    expect(await verified('cargo', '--fix')).toMatchObject({ exit: 0, damaged: 2 })
    expect([existsSync(at('crate')), existsSync(at('source'))]).toEqual([false, false])
  })

  test('a wheel and its origin, both damaged, are removed once', async () => {
    const { at } = fill('pip')
    cut(at('leaf|/x-1.0-py3-none-any.whl'))
    put(at('leaf|/origin.json'), '')
    makeOld(at('leaf'))
    expect(await verified('pip', '--fix')).toMatchObject({ exit: 0, damaged: 2 })
  })

  test('many damaged archives are removed with all links to them, checked in parallel', async () => {
    const uv = join(root, 'uv')
    for (let index = 0; index < 40; index++) {
      flip(join(uv, archive(uv, `x${index}`).archive, 'x/__init__.py'))
    }
    const fixed = await verify('--cache', 'uv', '--fix')
    expect(fixed.stdout).toContain('removed 40 damaged entries')
    expect(readdirSync(join(uv, 'wheels-v5/pypi/x39'))).toEqual([])
    const after = await verify('--cache', 'uv')
    expect(after.stdout).toContain('uv: 0 verified, 0 without checksum, 0 damaged')
  })

  test('the text names each damaged entry, and ends with one line that says what to do', async () => {
    const { at, path } = fill('npm')
    cut(at('content'))
    const found = await verify('--cache', 'npm')
    expect(found.stdout).toContain('=====> npm: 3 verified, 0 without checksum, 1 damaged')
    expect(found.stdout).toContain(`       ${path('content')}: its sha512 does not match its name`)
    expect(found.stderr).toBe(
      ' !     1 damaged entry in npm: run verify again with --fix to remove it',
    )
    const fixed = await verify('--cache', 'npm', '--fix')
    expect(fixed.stdout).toContain('-----> npm: removed 1 damaged entry, freed 4.1 kB')
    expect(fixed).toMatchObject({ exit: 0, stderr: '' })
  })
})

describe('what is rejected before anything is read', () => {
  test.each([
    [['--cache', 'nothing'], 'No cache is called nothing'],
    [['--cache', 'npm', 'maven'], 'No cache is called maven'],
    [['--group', 'nobody'], 'The group nobody has no caches'],
    [['--group', '../etc'], 'The group "../etc" has no caches'],
    [['--cache', 'nobody:npm'], 'The group nobody has no caches'],
    [['--cache', '../npm'], 'No cache is called ../npm'],
    [['--format', 'xml'], "option '--format <format>' argument 'xml' is invalid"],
  ])('verify %j', async (words, message) => {
    const { exit, stdout, stderr } = await verify(...words)
    expect(exit).not.toBe(0)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
  })
})

describe('what a malicious container can create', () => {
  test('a link instead of the cache is rejected', async () => {
    renameSync(join(root, 'npm'), join(base, 'elsewhere'))
    symlinkSync(join(base, 'elsewhere'), join(root, 'npm'))
    const { exit, stderr } = await verify('--cache', 'npm')
    expect(exit).toBe(1)
    expect(stderr).toContain('npm is a symbolic link')
  })

  test('names with newlines and control bytes are printed as one line, and are of unknown kind', async () => {
    put(join(root, 'npm/_cacache/content-v2/sha512/aa/bb/c\nd'), 'x')
    put(join(root, 'uv/archive-v0/a\u001b[31m\nb/x'), 'x')
    const { stdout, exit } = await verify()
    expect(exit).toBe(0)
    expect(stdout.split('\n')).toHaveLength(DEFAULT_CACHES.filter((name) => name in FILL).length)
  })

  test('an odd name in an archive is shown as one line', async () => {
    const { at } = fill('uv')
    const digest = 'A'.repeat(43)
    put(at('archive|/x-1.0.dist-info/RECORD'), `"a\u001bb,c",sha256=${digest},1\n`)
    const { stdout } = await verify('--cache', 'uv')
    expect(stdout).toContain('archive-v0/x: a\\x1bb,c is missing')
  })

  test('a path in a RECORD that leads outside is not followed', async () => {
    const { at } = fill('uv')
    put(join(base, 'secret'), 'secret')
    const lines = ['../../../../secret', '/etc/passwd', 'x/../../x/__init__.py'].map(
      (path) => `${path},sha256=${'A'.repeat(43)},6`,
    )
    put(at('archive|/x-1.0.dist-info/RECORD'), lines.join('\n'))
    expect(await verified('uv')).toMatchObject({ exit: 0, damaged: 0, unprovable: 8 })
  })
})

describe('when it is interrupted', () => {
  test('the next --fix deletes what was already renamed, although nothing else is damaged', async () => {
    fill('npm')
    put(join(root, 'npm/.trash-1-2/0/file'), 'x')
    expect(await verified('npm')).toMatchObject({ exit: 0, damaged: 0 })
    expect(readdirSync(join(root, 'npm'))).toContain('.trash-1-2')
    expect(await verified('npm', '--fix')).toMatchObject({ exit: 0, damaged: 0 })
    expect(readdirSync(join(root, 'npm'))).not.toContain('.trash-1-2')
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it at once', async (signal) => {
    // A sparse file, which takes seconds to read.
    const path = join(root, 'npm/_cacache/content-v2/sha512/aa/bb', 'c'.repeat(124))
    put(path)
    truncateSync(path, 8 * 2 ** 30)
    const bundle = `dist/dokku-shared-cache-${version}/shared-cache.cjs`
    const child = spawn(process.execPath, [bundle, 'verify', '--cache', 'npm'], { env: env() })
    await setTimeout(1500)
    expect(child.exitCode).toBe(null)
    const start = Date.now()
    child.kill(signal)
    const [, by] = (await once(child, 'exit')) as [number | null, string | null]
    expect(by).toBe(signal)
    expect(Date.now() - start).toBeLessThan(2000)
    expect(existsSync(path)).toBe(true)
  })
})
