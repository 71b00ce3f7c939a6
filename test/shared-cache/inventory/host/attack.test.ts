import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { version } from '../../../../package.json'
import type { Host } from '../../../../src/foundation/cli/command'
import {
  makeCaches,
  removeSteps,
  usage,
  walkCache,
} from '../../../../src/shared-cache/directories/host/caches'
import { cacheDirectoryNamed, OPENING } from '../../../../src/shared-cache/directories/core/places'
import { makePlaces } from '../../../../src/shared-cache/directories/host/make'
import { KnownError } from '../../../../src/foundation/core/errors'
import type { Entry } from '../../../../src/foundation/core/entry'
import type { RemovalStep } from '../../../../src/shared-cache/package-managers/core/steps'
import { mountSmallDisk, type SmallDisk } from '../../../support/small-disk'
import { localHost } from '../../../support/host'
import { isRoot } from '../../../support/needs'

/** Number of swaps; ten thousand take a minute or two. */
const SWAPS = Number(process.env['SHARED_CACHE_TEST_SWAPS'] ?? 1000)
const SYSTEM = 'debian-12-amd64-glibc'
const CONTENT = `npm/_cacache/content-v2/sha512/aa/bb/${'c'.repeat(124)}`

/**
 * Swaps directories of caches with links to the outside, and files with links and pipes, and back, as
 * fast as possible. Writes the number of swaps to a file.
 */
const ATTACKER = `
  const fs = require('node:fs')
  const { execFileSync } = require('node:child_process')
  const [root, outside, counter, ...places] = process.argv.slice(1)
  const quietly = (use) => { try { use() } catch {} }
  const own = root + '/npm/own'
  fs.mkdirSync(own)
  execFileSync('mkfifo', [own + '/pipe'])
  fs.symlinkSync(outside, own + '/link')
  fs.symlinkSync(outside + '/inner/file', own + '/link-to-file')
  fs.writeFileSync(own + '/file', 'x')
  const swap = (place, one, other) => {
    quietly(() => fs.renameSync(place, one))
    quietly(() => fs.renameSync(other, place))
    quietly(() => fs.renameSync(place, other))
    quietly(() => fs.renameSync(one, place))
  }
  let swaps = 0
  const round = () => {
    for (let i = 0; i < 20; i++) {
      for (const name of places) {
        const place = root + '/' + name
        const link = place + '.link'
        quietly(() => fs.mkdirSync(place + '/inner', { recursive: true }))
        quietly(() => fs.writeFileSync(place + '/inner/file', 'x'))
        quietly(() => fs.mkdirSync(place + '/aa/bb', { recursive: true }))
        quietly(() => fs.symlinkSync(outside, link))
        swap(place, place + '.real', link)
        swaps += 2
      }
      const content = root + '/${CONTENT}'
      swap(content, own + '/file', own + '/link-to-file')
      swap(content, own + '/file', own + '/pipe')
      swaps += 4
    }
    fs.writeFileSync(counter, String(swaps))
    setImmediate(round)
  }
  round()
`

let base: string
let root: string
let host: Host

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'shared-cache-'))
  root = join(base, 'shared')
  host = localHost(root)
  copyFileSync(`dist/dokku-shared-cache-${version}/helper.cjs`, join(base, 'helper.cjs'))
  writeFileSync(join(base, 'root'), `${root}\n0\n`)
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const quiet = () => undefined

describe('while an attacker replaces entries of the caches by links', () => {
  const places = ['npm/place', 'pip/http-v2', `pip/${SYSTEM}`, 'rust/registry/index']
  let outside: string
  let counter: string
  let disk: SmallDisk | undefined
  let attacker: ChildProcess

  beforeEach(async () => {
    outside = join(base, 'outside')
    // Root gets a file system with strict access times, which show every read.
    if (process.getuid?.() === 0) {
      disk = mountSmallDisk(outside)
      execFileSync('mount', ['-o', 'remount,strictatime', outside])
    }
    mkdirSync(join(outside, 'inner'), { recursive: true, mode: 0o700 })
    writeFileSync(join(outside, 'inner/file'), 'secret', { mode: 0o600 })
    mkdirSync(join(outside, 'aa/bb'), { recursive: true })
    writeFileSync(join(outside, 'aa/bb/cc'), 'secret')
    await makeCaches(host, ['npm', 'pip', 'cargo', `pip@${SYSTEM}`])
    mkdirSync(join(root, CONTENT, '..'), { recursive: true })
    writeFileSync(join(root, CONTENT), 'x')
    counter = join(base, 'counter')
    attacker = spawn(process.execPath, ['-e', ATTACKER, root, outside, counter, ...places])
  })
  afterEach(async () => {
    attacker.kill('SIGKILL')
    if (attacker.exitCode === null && attacker.signalCode === null) await once(attacker, 'exit')
    disk?.unmount()
  })

  const swaps = () => (existsSync(counter) ? Number(readFileSync(counter, 'utf8')) : 0)

  /** Everything that would change if something outside were used, including access times. */
  const seenOutside = () =>
    ['', 'inner', 'inner/file', 'aa', 'aa/bb', 'aa/bb/cc'].map((path) => {
      const { ino, mode, uid, gid, nlink, size, atimeNs, mtimeNs, ctimeNs } = lstatSync(
        join(outside, path),
        { bigint: true },
      )
      const atime = disk ? atimeNs : 0n
      return [path, ino, mode, uid, gid, nlink, size, atime, mtimeNs, ctimeNs].join(' ')
    })

  /** Steps for files outside, with correct identities: only their paths are wrong. */
  function wrongSteps(): RemovalStep[] {
    const identity = (path: string) => {
      const stats = lstatSync(join(outside, path), { bigint: true })
      return `${stats.ino}:${stats.mtimeNs}`
    }
    return [
      { action: 'unlink', path: 'place/inner/file', identity: identity('inner/file') },
      { action: 'trash', path: 'place/inner', identity: identity('inner') },
      { action: 'tidy', path: 'place/inner', identity: '' },
      { action: 'expire', path: 'place', identity: String(Date.now() + 1000) },
    ]
  }

  /** Setup may find a link instead of a directory, and reject it. */
  async function trySetup(): Promise<void> {
    for (const cache of ['npm', 'pip', 'rust']) writeFileSync(join(root, cache, OPENING), '')
    try {
      await makeCaches(host, ['npm', 'pip', 'cargo', `pip@${SYSTEM}`])
    } catch (error) {
      if (!(error instanceof KnownError)) throw error
    }
  }

  test('report, prune, verify and setup read, change and delete nothing outside', async () => {
    const before = seenOutside()
    const steps = wrongSteps()
    const many = Array.from({ length: 20 }).flatMap(() => steps)
    const file = lstatSync(join(outside, 'inner/file'), { bigint: true })
    const seen = new Set<string>()
    let rounds = 0
    while (swaps() < SWAPS || rounds < 3) {
      await walkCache(host, 'npm', ({ inode }) => seen.add(inode))
      await usage(host, ['npm', 'pip', 'cargo'])
      await removeSteps(host, 'npm', many, quiet)
      await trySetup()
      for (const cache of ['npm', 'pip', 'cargo']) {
        const helper = spawnSync(process.execPath, [join(base, 'helper.cjs'), 'verify', cache], {
          encoding: 'utf8',
          timeout: 30_000,
        })
        expect({ status: helper.status, stderr: helper.stderr }).toEqual({ status: 0, stderr: '' })
      }
      rounds += 1
    }
    expect(seenOutside()).toEqual(before)
    expect(seen).not.toContain(String(file.ino))
    if (process.env['SHARED_CACHE_TEST_SWAPS']) console.log(`${swaps()} swaps, ${rounds} rounds`)
  }, 600_000)
})

describe('what a malicious container can create', () => {
  const names = async () => {
    const found = new Map<string, Entry>()
    await walkCache(host, 'npm', (entry) => found.set(entry.path, entry))
    return found
  }
  const trash = async (path: string) => {
    const identity = (await names()).get(path)?.identity ?? ''
    return removeSteps(host, 'npm', [{ action: 'trash', path, identity }], quiet)
  }
  const plant = (script: string) =>
    execFileSync('sh', ['-ec', script], { cwd: join(root, 'npm'), stdio: 'pipe' })
  /** Opens everything in the cache to all users, like setup on a server for a cache that a script made. */
  const openAgain = async () => {
    writeFileSync(join(root, 'npm', OPENING), '')
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0]
    await makePlaces(root, [cacheDirectoryNamed('npm')], { uid, gid, rootGid: gid }, quiet)
  }

  beforeEach(async () => {
    await makeCaches(host, ['npm'])
  })

  test('4,000 levels of directories are measured, opened and removed', async () => {
    // By entering each directory: the whole path would be too long.
    const dig = "for (let i = 0; i < 4000; i++) { fs.mkdirSync('d'); process.chdir('d') }"
    execFileSync(process.execPath, ['-e', dig], { cwd: join(root, 'npm') })
    expect((await usage(host, ['npm'])).get('npm')).toMatchObject({ complete: true })
    await openAgain()
    expect((await trash('d')).left).toEqual([])
    expect(readdirSync(join(root, 'npm'))).toEqual(['CACHEDIR.TAG', '_npx'])
  })

  test('sockets, pipes and odd names are not opened and do no harm', async () => {
    plant('mkdir odd; mkfifo odd/pipe; : >"odd/a\nb"; : >"odd/-delete"; : >"odd/ "; chmod 0 odd/*')
    const server = createServer().listen(join(root, 'npm/odd/socket'))
    await once(server, 'listening')
    await openAgain()
    expect(statSync(join(root, 'npm/odd/a\nb')).mode & 0o777).toBe(0o666)
    expect(statSync(join(root, 'npm/odd/pipe')).mode & 0o777).toBe(0)
    expect((await usage(host, ['npm'])).get('npm')).toMatchObject({ complete: true })
    expect((await trash('odd')).left).toEqual([])
    server.close()
  })

  test.skipIf(!isRoot)(
    'setup does not change a device, prune removes it (needs root)',
    async () => {
      plant('mkdir odd; mknod -m 0600 odd/null c 1 3')
      await openAgain()
      expect(statSync(join(root, 'npm/odd/null')).mode & 0o777).toBe(0o600)
      expect((await trash('odd')).left).toEqual([])
    },
  )

  test('setup clears the setuid bits of programs that it opens', async () => {
    plant('echo >program; chmod 4750 program')
    await openAgain()
    expect(statSync(join(root, 'npm/program')).mode & 0o7777).toBe(0o777)
  })

  test('setup does not change the mode of a file with another name elsewhere', async () => {
    const elsewhere = join(base, 'elsewhere')
    writeFileSync(elsewhere, 'secret', { mode: 0o600 })
    linkSync(elsewhere, join(root, 'npm/linked'))
    await openAgain()
    expect(statSync(elsewhere).mode & 0o777).toBe(0o600)
  })
})
