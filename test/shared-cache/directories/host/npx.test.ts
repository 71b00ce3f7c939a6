import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cacheDirectoryNamed } from '../../../../src/shared-cache/directories/core/places'
import { makePlaces } from '../../../../src/shared-cache/directories/host/make'
import { runningNpx } from '../../../../src/shared-cache/package-managers/npm/host/processes'

const HASH = '0123456789abcdef'
let base: string
let root: string
let child: ChildProcess | undefined

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'npx-'))
  root = join(base, 'shared')
})
afterEach(async () => {
  if (child?.kill('SIGKILL')) await once(child, 'exit')
  child = undefined
  rmSync(base, { recursive: true, force: true })
})

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
const make = (...names: string[]) =>
  makePlaces(root, names.map(cacheDirectoryNamed), { ...own, rootGid: own.gid }, null)

const npx = () => join(root, 'npm/_npx')

function put(path: string, text = 'x'): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** A process that is ready once it says so. */
async function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env })
  await once(child.stdout as NodeJS.ReadableStream, 'data')
}

const WAIT = 'console.log(1); setInterval(() => 0, 1000)'

describe('_npx of a cache that many containers share', () => {
  test('leads to a directory that each container has for itself', async () => {
    await make('npm', 'private:npm')
    expect(readlinkSync(npx())).toBe('/tmp')
    expect(readlinkSync(join(root, 'groups/private/npm/_npx'))).toBe('/tmp')
    expect((await make('npm')).changed.map(({ path }) => path)).not.toContain('npm/_npx')
  })

  test.each([
    ['a directory that npx filled before', () => put(`npm/_npx/${HASH}/package.json`)],
    ['a file', () => put('npm/_npx')],
  ])('replaces %s', async (_, before) => {
    before()
    put('npm/_cacache/index-v5/ab/cd/ef')
    const { changed } = await make('npm')
    expect(changed).toContainEqual(
      expect.objectContaining({ kind: 'shared by systems', path: 'npm/_npx' }),
    )
    expect(readlinkSync(npx())).toBe('/tmp')
    expect(existsSync(join(root, 'npm/_cacache/index-v5/ab/cd/ef'))).toBe(true)
  })

  test('what npx installed before is left for the next prune to delete', async () => {
    put(`npm/_npx/${HASH}/package.json`)
    await make('npm')
    const [trash = ''] = readdirSync(join(root, 'npm')).filter((name) => name.startsWith('.trash-'))
    expect(existsSync(join(root, 'npm', trash, HASH, 'package.json'))).toBe(true)
  })

  test('a link of somebody else stays', async () => {
    mkdirSync(join(root, 'npm'), { recursive: true })
    symlinkSync('/nowhere', npx())
    await make('npm')
    expect(readlinkSync(npx())).toBe('/nowhere')
  })

  test.each([
    ['a program runs from it', () => run(process.execPath, [join(npx(), HASH, 'run.js')])],
    [
      'npx may be installing there',
      () => {
        put('npx', WAIT)
        return run(process.execPath, [join(root, 'npx'), 'x'], {
          npm_config_cache: join(root, 'npm'),
        })
      },
    ],
  ])('stays while %s', async (_, start) => {
    put(`npm/_npx/${HASH}/run.js`, WAIT)
    await start()
    const { remaining } = await make('npm')
    expect(remaining).toContainEqual(
      expect.objectContaining({
        path: 'npm/_npx',
        problem: expect.stringContaining('run setup again') as string,
      }),
    )
    expect(lstatSync(npx()).isDirectory()).toBe(true)
  })

  test('is replaced while npx runs from another cache', async () => {
    put(`other/_npx/${HASH}/run.js`, WAIT)
    put(`npm/_npx/${HASH}/run.js`, WAIT)
    await run(process.execPath, [join(root, `other/_npx/${HASH}/run.js`)])
    await make('npm')
    expect(readlinkSync(npx())).toBe('/tmp')
  })

  test('programs that run from it are seen', async () => {
    expect(runningNpx()).not.toContain(HASH)
    put(`npm/_npx/${HASH}/run.js`, WAIT)
    await run(process.execPath, [join(npx(), HASH, 'run.js')])
    expect(runningNpx()).toContain(HASH)
  })
})
