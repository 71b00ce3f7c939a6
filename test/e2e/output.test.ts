import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { version } from '../../package.json'
import { makeDoubleServer } from './double-server'
import { envOf, mountsOf } from './expected'
import type { Server } from './harness'
import { REAL, canServe } from './harness'
import { hasTime } from '../support/needs'

const BUNDLE = `dist/dokku-shared-cache-${version}/shared-cache.cjs`

describe('output that nobody reads', () => {
  let root: string
  beforeEach(() => (root = join(mkdtempSync(join(tmpdir(), 'output-')), 'caches')))
  afterEach(() => rmSync(join(root, '..'), { recursive: true }))

  /** Runs a command whose reader has gone before it prints anything. */
  async function unread(args: readonly string[], streams: readonly ('stdout' | 'stderr')[]) {
    const env = { PATH: process.env['PATH'], SHARED_CACHE_ROOT: root, DOCKER_HOST: 'unix:///no' }
    const running = spawn(process.execPath, [BUNDLE, ...args], { env, stdio: 'pipe' })
    let said = ''
    for (const name of ['stdout', 'stderr'] as const) {
      if (streams.includes(name)) running[name].destroy()
      else running[name].on('data', (chunk: Buffer) => (said += chunk.toString()))
    }
    const [exit] = (await once(running, 'close')) as [number | null]
    return { exit, said }
  }

  test.each<[string, ('stdout' | 'stderr')[]]>([
    ['stdout', ['stdout']],
    ['stderr', ['stderr']],
    ['stdout and stderr', ['stdout', 'stderr']],
  ])('on %s: prune removes everything that it has planned to', async (_, streams) => {
    const directory = join(root, 'npm/_cacache/content-v2/sha512/aa/bb')
    mkdirSync(directory, { recursive: true })
    for (let index = 0; index < 50; index++) {
      writeFileSync(join(directory, index.toString(16).padStart(124, '0')), '')
    }
    const words = ['prune', '--cache', 'npm', '--older-than', '0d', '--force']
    expect((await unread(words, streams)).exit).toBe(0)
    expect(readdirSync(directory)).toEqual([])
  })

  test('a plan and a report end without a word', async () => {
    await unread(['setup'], [])
    expect(await unread(['setup', '--dry-run'], ['stdout'])).toEqual({ exit: 0, said: '' })
    expect((await unread(['report', '--global'], ['stdout'])).exit).toBe(0)
  })
})

describe('output that cannot be written', () => {
  let root: string
  beforeEach(() => (root = join(mkdtempSync(join(tmpdir(), 'output-')), 'caches')))
  afterEach(() => rmSync(join(root, '..'), { recursive: true }))

  async function full(...args: string[]) {
    const env = { PATH: process.env['PATH'], SHARED_CACHE_ROOT: root, DOCKER_HOST: 'unix:///no' }
    const words = ['-c', 'exec "$@" >/dev/full', 'sh', process.execPath, BUNDLE, ...args]
    const running = spawn('sh', words, { env, stdio: 'pipe' })
    let said = ''
    running.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const [exit] = (await once(running, 'close')) as [number | null]
    return { exit, said }
  }
  const LOST = ' !     Not everything was printed: the output: no space left, or no inodes\n'

  test('setup makes all caches, says what was lost, and fails', async () => {
    expect(await full('setup')).toEqual({ exit: 1, said: LOST })
    expect(existsSync(join(root, 'rust/registry'))).toBe(true)
  })

  test.each([
    [['setup', '--dry-run']],
    [['--version']],
    [['setup', '--dry-run', '--format', 'json']],
  ])('%j fails, and says so once', async (words) => {
    expect(await full(...words)).toEqual({ exit: 1, said: LOST })
  })

  test('its own exit code is kept where it failed anyway', async () => {
    expect((await full('doctor', '--format', 'json')).exit).toBe(1)
  })
})

// A real server could not be put back in the state before.
describe.skipIf(!canServe || !hasTime || REAL !== '')(
  'commands whose output nobody reads (needs root) (needs time)',
  () => {
    let server: Server
    const app = 'e2e-unread'
    const complete = { mounts: mountsOf('neutral'), env: envOf('neutral') }
    const nothing = { mounts: [], env: {} }
    const state = async () => ({ mounts: await server.mounts(app), env: await server.env(app) })

    beforeAll(async () => {
      server = await makeDoubleServer()
      await server.installPlugin()
      await server.dokku('apps:create', app)
    }, 300_000)
    afterAll(() => server.destroy(), 300_000)

    /** The exit code of a command whose reader ends before the command begins. */
    const unread = async (...words: string[]) =>
      (
        await server.shell(`
        rm -f ${server.lib}/exit
        { sleep 0.2; dokku ${words.join(' ')} 2>&1; echo $? >${server.lib}/exit; } | true
        cat ${server.lib}/exit`)
      ).trim()

    test('setup, disable and enable are complete', async () => {
      expect(await unread('shared-cache:setup')).toBe('0')
      expect(await state()).toEqual(complete)
      expect(await unread('shared-cache:disable', app)).toBe('0')
      expect(await state()).toEqual(nothing)
      expect(await unread('shared-cache:enable', app)).toBe('0')
      expect(await state()).toEqual(complete)
    })

    test('set sets, and changes the apps accordingly', async () => {
      expect(await unread('shared-cache:set', app, 'caches', 'npm')).toBe('0')
      expect((await state()).mounts).toHaveLength(1)
      expect(await unread('shared-cache:set', app, 'caches')).toBe('0')
      expect(await state()).toEqual(complete)
    })

    test('the rebuild of an app is not ended half-way', async () => {
      await server.makeImage('image-unread', {})
      await server.deploy(app, 'image-unread')
      expect(await unread('shared-cache:disable', app)).toBe('0')
      expect(await unread('shared-cache:enable', app)).toBe('0')
      expect(await unread('shared-cache:setup', '--rebuild')).toBe('0')
      expect((await server.container(app)).mounts).toHaveLength(complete.mounts.length)
    })
  },
)
