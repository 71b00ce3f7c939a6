import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RawRecord } from '../../src/foundation/core/build-record'
import { runBundle } from '../support/bundle'
import { serveBuildCache, serveEngine, recorded } from '../support/engine'

type Served = Awaited<ReturnType<typeof serveBuildCache>>

const HOUR = 3_600_000
/** An empty cache root. */
const NOWHERE = join(tmpdir(), `no-caches-${process.pid}`, 'root')

function record(ID: string, hours: number, Size: number, more: Partial<RawRecord> = {}): RawRecord {
  const time = new Date(Date.now() - hours * HOUR).toISOString()
  return {
    ID,
    Type: 'regular',
    Description: `mount / from exec make ${ID}`,
    InUse: false,
    Shared: false,
    Size,
    CreatedAt: time,
    LastUsedAt: time,
    UsageCount: 1,
    ...more,
  }
}

function mount(ID: string, hours: number, Size: number, target: string): RawRecord {
  const Description = `cached mount ${target} from exec npm ci with id "/${target}"`
  return record(ID, hours, Size, { Type: 'exec.cachemount', Description })
}

/** `parent` is older than its child; `busy` is in use; `shared` is in an image too. */
const RECORDS = [
  record('parent', 900, 100),
  record('child', 50, 200, { ' Parents': ['parent'] }),
  record('old', 800, 1000),
  mount('npm', 700, 5000, '/root/.npm'),
  mount('pip', 10, 300, '/root/.cache/pip'),
  record('busy', 999, 0, { InUse: true }),
  record('shared', 999, 7777, { Shared: true }),
]
const ALL = RECORDS.map(({ ID }) => ID)

let double: Served | undefined
afterEach(async () => {
  await double?.close()
  double = undefined
})

async function prune(args: readonly string[], input = '', change?: (r: RawRecord) => RawRecord) {
  double = await serveBuildCache(RECORDS, change)
  const source = args.includes('--cache') ? [] : ['--buildkit']
  const env = { DOCKER_HOST: double.host, SHARED_CACHE_ROOT: NOWHERE }
  const ran = await runBundle(['prune', ...source, ...args], env, input)
  const left = double.ids()
  return { ...ran, gone: ALL.filter((id) => !left.includes(id)), requests: double.requests }
}

describe('which records are removed', () => {
  test.each<[string, string[]]>([
    ['--older-than 30d', ['old']],
    ['--older-than 28d', ['old', 'npm']],
    ['--older-than 2d', ['parent', 'child', 'old', 'npm']],
    ['--max-size 5600', ['old']],
    ['--max-size 400', ['child', 'old', 'npm']],
    ['--max-size 0', ['parent', 'child', 'old', 'npm', 'pip']],
    ['--max-size 1GB', []],
    ['--cache-mount /root/.npm', ['npm']],
    ['--cache-mount //root/.cache/pip', ['pip']],
    ['--type exec.cachemount', ['npm', 'pip']],
    ['--type exec.cachemount --older-than 1d', ['npm']],
    ['--type exec.cachemount --max-size 300', ['npm']],
    ['--keep-cache-mounts --max-size 0', ['parent', 'child', 'old']],
    ['--older-than 1d --max-size 5KB', ['parent', 'child', 'old', 'npm']],
  ])('%s', async (args, gone) => {
    const ran = await prune([...args.split(' '), '--force'])
    expect(ran).toMatchObject({ exit: 0, stderr: '', gone })
  })
})

describe('output', () => {
  test('the plan, and what Docker freed', async () => {
    const { stdout } = await prune(['--older-than', '28d', '--force'])
    expect(stdout.split('\n')).toEqual([
      '=====> buildkit: 2 records to remove',
      '            1 kB  33 days      too old         mount / from exec make old',
      '            5 kB  29 days      too old         cached mount /root/.npm from exec npm ci with id "//root/.npm"',
      '       6.6 kB now, 6 kB to free, 600 B afterwards',
      '-----> buildkit: removed 2 records, freed 6 kB (planned 6 kB)',
    ])
  })

  test('nothing to remove is success', async () => {
    const { exit, stdout, requests } = await prune(['--max-size', '1GB'])
    expect({ exit, stdout }).toEqual({
      exit: 0,
      stdout: '=====> buildkit: nothing to prune, 6.6 kB stay',
    })
    expect(requests.filter((line) => line.startsWith('POST'))).toEqual([])
  })

  test('JSON has exact bytes', async () => {
    const { stdout } = await prune(['--older-than', '28d', '--force', '--format', 'json'])
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      dryRun: false,
      sources: [
        {
          source: 'buildkit',
          complete: true,
          bytesBefore: 6600,
          bytesAfter: 600,
          remove: [
            { id: 'old', cache: 'regular', bytes: 1000, reason: 'age' },
            { id: 'npm', cache: 'exec.cachemount', bytes: 5000, reason: 'age' },
          ],
          removed: { units: 2, bytes: 6000, left: 0 },
        },
      ],
    })
  })
})

describe('a dry run', () => {
  test('asks for nothing and sends only reads to the Engine', async () => {
    const { exit, requests, gone } = await prune(['--max-size', '0', '--dry-run'])
    expect({ exit, gone }).toEqual({ exit: 0, gone: [] })
    expect(requests).toEqual(['GET /version', 'GET /v1.44/system/df?type=build-cache'])
  })

  test('has no result in JSON', async () => {
    const { stdout } = await prune(['--max-size', '0', '--dry-run', '--format', 'json'])
    expect(JSON.parse(stdout)).toMatchObject({ dryRun: true, sources: [{ removed: null }] })
  })
})

describe('the confirmation', () => {
  const QUESTION = [
    ' !     WARNING: Potentially Destructive Action',
    ' !     This command will remove the planned entries from buildkit.',
    ' !     To proceed, type "buildkit"',
  ]

  test('is the name', async () => {
    const { exit, stdout, stderr, gone } = await prune(['--older-than', '30d'], 'buildkit\n')
    expect({ exit, gone, stderr }).toEqual({ exit: 0, gone: ['old'], stderr: QUESTION.join('\n') })
    expect(stdout).toContain('> -----> buildkit: removed 1 record')
  })

  test.each(['', '\n', 'yes\n', 'buildkit2\n'])('with %j removes nothing', async (answer) => {
    const { exit, stderr, gone } = await prune(['--older-than', '30d'], answer)
    expect({ exit, gone }).toEqual({ exit: 1, gone: [] })
    expect(stderr.split('\n')).toEqual([
      ...QUESTION,
      ' !     Confirmation did not match buildkit. Aborted.',
    ])
  })

  test('is skipped if Dokku was called with --force before the command', async () => {
    double = await serveBuildCache(RECORDS)
    const env = { DOCKER_HOST: double.host, DOKKU_APPS_FORCE_DELETE: '1' }
    const ran = await runBundle(['prune', '--buildkit', '--older-than', '30d'], env)
    expect(ran).toMatchObject({ exit: 0, stderr: '' })
  })
})

test('a record used between plan and prune is kept', async () => {
  const used = (raw: RawRecord) =>
    raw.ID === 'npm' ? { ...raw, UsageCount: 3, LastUsedAt: new Date().toISOString() } : raw
  const { gone, stdout } = await prune(['--older-than', '28d', '--force'], '', used)
  expect(gone).toEqual(['old'])
  expect(stdout).toContain('removed 1 record, freed 1 kB (planned 6 kB)')
  expect(stdout).toContain('1 record not removed: used since the plan was made')
})

test('many records are removed in several requests', async () => {
  const many = Array.from({ length: 1200 }, (_, at) => record(`r${at}`, 100, 1))
  double = await serveBuildCache(many)
  const env = { DOCKER_HOST: double.host }
  expect(
    await runBundle(['prune', '--buildkit', '--older-than', '1d', '--force'], env),
  ).toMatchObject({
    exit: 0,
  })
  expect(double.ids()).toEqual([])
  expect(double.requests.filter((line) => line.startsWith('POST'))).toHaveLength(3)
})

test('records of an app are found by the commands of its image', async () => {
  const history = (command: string) => ({ body: [{ CreatedBy: `RUN ${command} # buildkit` }] })
  const image = (Id: string, app: string) => ({
    Id,
    RepoTags: [],
    Labels: { 'com.dokku.app-name': app },
  })
  const both = await serveBuildCache(RECORDS)
  double = both
  const engine = await serveEngine({
    'GET /version': recorded('28.5.2', 'version'),
    'GET /v1.44/system/df': { body: { BuildCache: RECORDS } },
    'GET /v1.44/images/json': { body: [image('i1', 'web'), image('i2', 'api')] },
    'GET /v1.44/images/i1/history': history('|1 A=b /bin/sh -c x'),
    'GET /v1.44/images/i2/history': history('make old'),
  })
  const env = { DOCKER_HOST: engine.host }
  const { stdout } = await runBundle(
    ['prune', '--app', 'api', '--dry-run', '--format', 'json'],
    env,
  )
  await engine.close()
  expect(JSON.parse(stdout)).toMatchObject({ sources: [{ remove: [{ id: 'old' }] }] })
})

describe('without a limit the budgets of the host apply', () => {
  const root = mkdtempSync(join(tmpdir(), 'budgets-'))
  afterAll(() => rmSync(root, { recursive: true }))

  /** The units removed on a server with these properties set for all apps. */
  async function within(settings: Readonly<Record<string, string>>, ...args: string[]) {
    const store = join(root, 'config/shared-cache/--global')
    rmSync(store, { recursive: true, force: true })
    mkdirSync(store, { recursive: true })
    for (const [key, value] of Object.entries(settings)) writeFileSync(join(store, key), value)
    double = await serveBuildCache(RECORDS, undefined, { DockerRootDir: root })
    const env = { DOCKER_HOST: double.host, DOKKU_LIB_ROOT: root, PLUGIN_AVAILABLE_PATH: root }
    const ran = await runBundle(['prune', '--force', ...args], env)
    const left = double.ids()
    return { ...ran, gone: ALL.filter((id) => !left.includes(id)) }
  }

  test.each<[string, Readonly<Record<string, string>>, string[]]>([
    ['nothing is set: a share of the disk is far', {}, []],
    ['a size', { 'buildkit-max-size': '400' }, ['child', 'old', 'npm']],
    ['an age', { 'buildkit-max-age': '30d' }, ['old']],
    ['a size for each cache mount', { 'cache-mount-max-size': '1KB' }, ['npm']],
    ['a size for one cache mount', { 'cache-mount-max-size': '/root/.cache/pip=1' }, ['pip']],
    ['free space', { 'min-free-space': '100%' }, ['parent', 'child', 'old', 'npm', 'pip']],
    ['all off', { 'buildkit-max-size': 'off', 'min-free-space': 'off' }, []],
    ['an invalid value counts as not set', { 'buildkit-max-size': 'plenty' }, []],
  ])('%s', async (_, settings, gone) => {
    const off = { 'min-free-space': 'off' }
    expect(await within({ ...off, ...settings })).toMatchObject({ exit: 0, stderr: '', gone })
  })

  test('a limit on the command line overrides them', async () => {
    const { gone } = await within({ 'buildkit-max-size': '400' }, '--buildkit', '--max-size', '1GB')
    expect(gone).toEqual([])
  })
})

test('an error in one cache does not stop the others, and the exit code is 1', async () => {
  const root = join(mkdtempSync(join(tmpdir(), 'one-of-several-')), 'root')
  const env = { DOCKER_HOST: 'unix:///nowhere.sock', SHARED_CACHE_ROOT: root }
  await runBundle(['setup'], env)
  const put = (path: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), 'x'.repeat(9000))
    utimesSync(join(root, path), 1e9, 1e9)
  }
  put('uv/simple-v15/pypi/six.rkyv')
  put('rust/registry/cache/index-1/six-1.0.0.crate')
  put('pip/http-v2/a/b/c/d/e/abcde' + 'f'.repeat(51))
  mkdirSync(join(root, 'uv/.lock'))
  const args = ['prune', '--cache', 'pip', 'uv', 'cargo', '--max-size', '0', '--force']
  const { exit, stdout, stderr } = await runBundle(args, env)
  expect(stderr).toContain(
    'uv: The lock .lock of a cache is not a file. The next prune tries again.',
  )
  expect(stdout).toMatch(/-----> pip: removed 1 \S+, freed/)
  expect(stdout).toMatch(/-----> uv: removed 0 \S+, freed/)
  expect(stdout).toMatch(/-----> cargo: removed 1 \S+, freed/)
  expect(exit).toBe(1)
  const alone = await runBundle(['prune', '--cache', 'uv', '--max-size', '0', '--force'], env)
  expect(alone).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining('is not a file') as string,
  })
  rmSync(dirname(root), { recursive: true })
})

describe('what limits require and cannot be removed', () => {
  const base = mkdtempSync(join(tmpdir(), 'blocked-'))
  const root = join(base, 'root')
  const env = { SHARED_CACHE_ROOT: root, DOCKER_HOST: 'unix:///nowhere.sock' }
  afterAll(() => rmSync(base, { recursive: true }))

  function put(path: string, bytes: number, days: number, text = 'x'.repeat(bytes)): void {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    const time = Date.now() / 1000 - days * 86_400
    utimesSync(join(root, path), time, time)
  }

  test('names sources that were read within a day, and the index', async () => {
    put('rust/registry/src/index-1/six-1.0.0/lib.rs', 9000, 0)
    put('rust/registry/index/index-1/.cache/si/x/six', 5000, 50)
    const args = ['prune', '--cache', 'cargo', '--max-size', '1KB', '--dry-run']
    const { stdout } = await runBundle(args, env)
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^=====> cargo: nothing to prune, .* stay$/),
      expect.stringMatching(
        /^ {7}.* kB in 1 unit cannot be removed: used within the last 25 hours, or needed by something that was$/,
      ),
      expect.stringMatching(/^ {7}.* kB are not pruned: files such as indexes/),
    ])
  })

  describe.each(['--older-than 30d', '--max-size 1'])('browsers without Dokku (%s)', (limit) => {
    const args = ['prune', '--cache', 'playwright', ...limit.split(' '), '--dry-run']
    const link = (place: string) => put('ms-playwright/.links/0a1b', place.length, 1, place)
    beforeEach(() => {
      for (const left of ['ms-playwright/.links', 'package'])
        rmSync(join(root, left), { recursive: true, force: true })
      put('ms-playwright/chromium-1187/chrome', 9000, 90)
      put('ms-playwright/chromium-1187/INSTALLATION_COMPLETE', 0, 90)
      const old = Date.now() / 1000 - 90 * 86_400
      utimesSync(join(root, 'ms-playwright/chromium-1187'), old, old)
    })
    const needed = / in 1 unit cannot be removed: needed by a Playwright that \.links names, or /
    const gone = /^=====> playwright: 1 unit to remove$/m

    test('go where no installed Playwright needs them', async () =>
      expect((await runBundle(args, env)).stdout).toMatch(gone))

    test('go where the package that installed them is gone', async () => {
      link(join(root, 'nowhere'))
      expect((await runBundle(args, env)).stdout).toMatch(gone)
    })

    test.each([
      ['needs this revision', '1187', needed],
      ['needs another revision', '1193', gone],
    ])('of which a package %s', async (_, revision, message) => {
      const text = JSON.stringify({ browsers: [{ name: 'chromium', revision }] })
      put('package/browsers.json', text.length, 1, text)
      link(join(root, 'package'))
      expect((await runBundle(args, env)).stdout).toMatch(message)
    })

    test.each([
      ['that does not tell what it needs', '{', undefined],
      ['whose place is no path', null, 'package'],
    ])('stay for a package %s', async (_, text, place) => {
      if (text !== null) put('package/browsers.json', text.length, 1, text)
      link(place ?? join(root, 'package'))
      expect((await runBundle(args, env)).stdout).toMatch(needed)
    })
  })
})

describe('a cache mount by its id, on an Engine that does not record ids', () => {
  const old = RECORDS.map((raw) => {
    return { ...raw, Description: raw.Description.replace(/ with id ".*"$/, '') }
  })
  const run = async (id: string) => {
    double = await serveBuildCache(old)
    const env = { DOCKER_HOST: double.host, SHARED_CACHE_ROOT: NOWHERE }
    return runBundle(['prune', '--buildkit', '--cache-mount', id, '--dry-run'], env)
  }

  test('is rejected, with what to do', async () => {
    const { exit, stderr } = await run('npm-shared')
    expect(exit).toBe(1)
    expect(stderr.split('\n')).toEqual([
      ' !     Cannot find the cache mount npm-shared: Docker before version 25 does not record the ids of cache mounts',
      ' !     Name the cache mount by its target, such as --cache-mount /root/.npm.',
    ])
  })

  test('is found by its target', async () => {
    const { exit, stdout } = await run('/root/.npm')
    expect(exit).toBe(0)
    expect(stdout).toContain('=====> buildkit: 1 record to remove')
  })
})

describe('a host without Docker', () => {
  const env = { DOCKER_HOST: 'unix:///nowhere.sock', SHARED_CACHE_ROOT: NOWHERE }

  test('prunes its other caches', async () => {
    const { exit, stdout, stderr } = await runBundle(['prune', '--max-size', '1', '--dry-run'], env)
    expect({ exit, stderr }).toEqual({
      exit: 0,
      stderr:
        ' !     Skipped buildkit: Cannot connect to the Docker daemon at unix:///nowhere.sock',
    })
    expect(stdout).toContain('=====> npm: nothing to prune, 0 B stay')
  })

  test('applies the budgets of its other caches', async () => {
    const { exit, stdout } = await runBundle(['prune', '--format', 'json'], env)
    expect(exit).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      failed: [{ source: 'buildkit', error: expect.stringContaining('Cannot connect') as string }],
      over: null,
    })
  })

  test("fails if Docker's build cache was requested", async () => {
    const { exit, stderr } = await runBundle(['prune', '--buildkit', '--max-size', '1'], env)
    expect(exit).toBe(1)
    expect(stderr).toContain('Cannot connect to the Docker daemon at unix:///nowhere.sock')
  })
})

test('a closed pipe is not a failure', async () => {
  const many = Array.from({ length: 20_000 }, (_, at) => record(`r${at}`, 100, 1))
  double = await serveBuildCache(many)
  const bundle = `"${process.execPath}" dist/*/shared-cache.cjs prune --buildkit --older-than 1d --dry-run`
  const env = { DOCKER_HOST: double.host }
  const options = { reject: false, env } as const
  const { stdout, stderr } = await execa('bash', ['-c', `${bundle} | head -1`], options)
  expect({ stdout, stderr }).toEqual({
    stdout: '=====> buildkit: 20000 records to remove',
    stderr: '',
  })
})

describe('bad input is one line, before any request to the Engine', () => {
  test.each([
    ['--cache npm', 'No limit is given for npm'],
    ['--cache npm --type regular --max-size 1', '--type does not apply to npm'],
    ['--cache npm --buildkit --app web', '--app does not apply to npm'],
    ['--cache maven --max-size 1', 'No cache is called maven'],
    ['--older-than soon', 'Invalid age: soon'],
    ['--max-size 10XB', 'Invalid size: 10XB'],
    ['--cache nope --max-size 1', 'No cache is called nope'],
    ['--format xml --max-size 1', "option '--format <format>' argument 'xml' is invalid."],
    ['--colour', "unknown option '--colour'"],
  ])('%s', async (args, line) => {
    const { exit, stderr, requests } = await prune(args.split(' ').filter(Boolean))
    expect(exit).toBe(1)
    expect(stderr.split('\n')[0]).toContain(` !     ${line}`)
    expect(requests).toEqual([])
  })
})
