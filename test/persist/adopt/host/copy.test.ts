import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Engine } from '../../../../src/foundation/docker/engine'
import type { Source } from '../../../../src/persist/adopt/core/plan'
import { copyAndVerify, copyInUse, reopenCopy } from '../../../../src/persist/adopt/host/copy'
import { lookAt, parseSource } from '../../../../src/persist/adopt/host/source'
import { isRoot } from '../../../support/needs'

const SWAPS = Number(process.env['SHARED_CACHE_TEST_SWAPS'] ?? 1000)

let base: string
let root: string
let storage: string
let source: string

const ENTRY: Source = { kind: 'entry', name: 'legacy-1' }

/** Writes the file of a storage entry, as Dokku does. */
function register(name: string, path: unknown): void {
  const registry = join(base, 'data/storage-registry/entries')
  mkdirSync(registry, { recursive: true })
  writeFileSync(join(registry, `${name}.json`), JSON.stringify({ name, host_path: path }))
}

/** An Engine with one volume of each kind. */
const engine = () =>
  ({
    info: () => Promise.resolve({ DockerRootDir: join(base, 'docker') }),
    volume: (name: string) => {
      const plain = { name, driver: 'local', device: null, isPlain: true }
      const volumes: Record<string, object> = {
        plain,
        bound: { ...plain, isPlain: false, device: source },
        nfs: { ...plain, isPlain: false },
        other: { ...plain, isPlain: false, driver: 'rexray', device: source },
        system: { ...plain, isPlain: false, device: '/etc' },
      }
      return Promise.resolve(volumes[name] ?? null)
    },
  }) as unknown as Engine

const copy = (from = ENTRY) => copyInUse(root, engine(), from, 'shop-data')
const verify = (from = ENTRY) => copyAndVerify(root, engine(), from, 'shop-data')
const copied = (path = '') => join(storage, '.filling-shop-data', path)

/** Everything that a copy has to keep, one line for each file. */
function tree(directory: string): string {
  const format = '%P %y %n %u %g %m %T@ %s %l\n'
  return execFileSync('find', [directory, '-printf', format], { encoding: 'utf8' })
    .split('\n')
    .sort()
    .join('\n')
}

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'adopt-'))
  root = join(base, 'data/persist')
  storage = join(base, 'data/storage')
  source = `${base}-source`
  for (const path of [root, storage, source, join(base, 'docker/volumes/plain/_data')]) {
    mkdirSync(path, { recursive: true })
  }
  register('legacy-1', source)
})

afterEach(() => {
  rmSync(base, { recursive: true, force: true })
  rmSync(source, { recursive: true, force: true })
})

/** A directory with everything that is easily lost. */
function fill(directory: string): void {
  const script = `
    umask 022
    mkdir -p a/b 'with space' empty
    echo text >a/b/f
    ln a/b/f hard
    ln a/b/f a/hard-2
    ln -s a/b/f link
    ln -s /etc/passwd outside
    mkfifo pipe
    truncate -s 5M sparse && echo x >>sparse
    printf x >"$(printf 'line\\nbreak')"
    printf x >"$(printf 'no\\377utf')"
    printf x >'back\\#012slash'
    chown -h 1234:4321 a/b/f link
    chmod 4750 a/b/f && chmod 1777 empty && chmod 0 'with space'
    touch -d '2001-02-03 04:05:06.123456789' a/b/f
    touch -hd '2002-02-03 04:05:06.5' link
    touch -d '2003-01-01' a/b a . || true
    setfattr -n user.note -v kept a/b/f 2>/dev/null || true
  `
  execFileSync('sh', ['-ec', script], { cwd: directory })
}

describe.skipIf(!isRoot)('the copies of an adoption (needs root)', () => {
  test('keep everything, and are verified', async () => {
    fill(source)
    const before = tree(source)
    await copy()
    expect(await verify()).toBeLessThan(10)
    expect(await verify()).toBe(0)
    expect(tree(copied())).toBe(before)
    expect(tree(source)).toBe(before)
    execFileSync('diff', ['-r', '--no-dereference', '--exclude=pipe', source, copied()])
    expect(lstatSync(copied('sparse')).blocks).toBeLessThan(1000)
    expect(lstatSync(copied('hard')).ino).toBe(lstatSync(copied('a/b/f')).ino)
  })

  test('keep extended attributes', async () => {
    fill(source)
    await copy()
    await verify()
    const attributes = (path: string) =>
      execFileSync('getfattr', ['-d', '--absolute-names', join(path, 'a/b/f')], {
        encoding: 'utf8',
      }).replace(path, '')
    expect(attributes(copied())).toBe(attributes(source))
  })

  test('of an empty directory are empty directories', async () => {
    await copy()
    expect(await verify()).toBe(0)
    expect(tree(copied())).toBe(tree(source))
  })

  test('follow what changes between the two passes', async () => {
    fill(source)
    await copy()
    rmSync(join(source, 'a'), { recursive: true })
    writeFileSync(join(source, 'link-not'), 'new')
    // The same length and time as before: only the content differs.
    const old = lstatSync(join(source, 'sparse'))
    execFileSync('sh', ['-c', 'printf Y | dd of=sparse bs=1 seek=9 conv=notrunc 2>/dev/null'], {
      cwd: source,
    })
    execFileSync('touch', ['-d', old.mtime.toISOString(), join(source, 'sparse')])
    await verify()
    expect(await verify()).toBe(0)
    expect(tree(copied())).toBe(tree(source))
    execFileSync('diff', ['-r', '--no-dereference', '--exclude=pipe', source, copied()])
  })

  test('go on where a killed run has stopped', async () => {
    fill(source)
    mkdirSync(copied('a/left'), { recursive: true })
    writeFileSync(copied('a/left/part'), 'half')
    await copy()
    await verify()
    expect(tree(copied())).toBe(tree(source))
  })

  test('are made of plain Docker volumes and of ones that show a directory', async () => {
    writeFileSync(join(base, 'docker/volumes/plain/_data/f'), 'plain')
    writeFileSync(join(source, 'f'), 'bound')
    for (const name of ['plain', 'bound']) {
      await copy({ kind: 'volume', name })
      await verify({ kind: 'volume', name })
      expect(readFileSync(copied('f'), 'utf8')).toBe(name)
    }
  })

  test('fail, and say why, on a full disk', async () => {
    const small = join(base, 'small')
    mkdirSync(small)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', storage])
    try {
      writeFileSync(join(source, 'f'), Buffer.alloc(1_000_000, 1))
      await copy().catch(() => undefined)
      await expect(verify()).rejects.toThrow(/The copy failed: .*No space left on device/)
    } finally {
      execFileSync('umount', [storage])
    }
  })

  test('never read outside of the source, whatever a container swaps', async () => {
    const secret = join(base, 'secret')
    mkdirSync(secret)
    for (let i = 0; i < 200; i += 1) {
      mkdirSync(join(source, `d${i}`))
      writeFileSync(join(source, `d${i}/f`), 'inside')
    }
    writeFileSync(join(secret, 'f'), 'SECRET')
    const attacker = attack(secret)
    try {
      let rounds = 0
      while (attacker.swaps() < SWAPS || rounds < 3) {
        await copy().catch(() => undefined)
        await verify().catch(() => undefined)
        rounds += 1
        expect(tree(copied())).not.toMatch(/SECRET/)
        const grep = ['-rl', 'SECRET', copied()]
        expect(
          execFileSync('sh', ['-c', 'grep "$@" || true', 'sh', ...grep], { encoding: 'utf8' }),
        ).toBe('')
        if (rounds % 2 === 0) rmSync(copied(), { recursive: true, force: true })
      }
    } finally {
      await attacker.end()
    }
    expect(readFileSync(join(secret, 'f'), 'utf8')).toBe('SECRET')
  })

  test('are taken back from their final names, and only where no other copy is', async () => {
    expect(await reopenCopy(root, 'shop-data')).toBe(false)
    await copy()
    renameSync(copied(), join(storage, 'shop-data'))
    expect(await reopenCopy(root, 'shop-data')).toBe(true)
    expect(existsSync(copied())).toBe(true)
    mkdirSync(join(storage, 'shop-data'))
    expect(await reopenCopy(root, 'shop-data')).toBe(false)
  })
})

/** Swaps directories of the source with links to a directory outside, as fast as possible. */
function attack(outside: string) {
  const counter = join(base, 'swaps')
  const script = `
    const fs = require('node:fs')
    const [source, outside, counter] = process.argv.slice(1)
    const quietly = (use) => { try { use() } catch {} }
    fs.symlinkSync(outside, source + '/link')
    let swaps = 0
    const round = () => {
      for (let i = 0; i < 200; i++) {
        const [place, kept, link] = [source + '/d' + i, source + '/kept', source + '/link']
        quietly(() => fs.renameSync(place, kept))
        quietly(() => fs.renameSync(link, place))
        quietly(() => fs.renameSync(place, link))
        quietly(() => fs.renameSync(kept, place))
        swaps += 1
      }
      fs.writeFileSync(counter, String(swaps))
      setImmediate(round)
    }
    round()
  `
  const child: ChildProcess = spawn(process.execPath, ['-e', script, source, outside, counter], {
    stdio: 'ignore',
  })
  return {
    swaps: () => (existsSync(counter) ? Number(readFileSync(counter, 'utf8')) : 0),
    async end() {
      child.kill('SIGKILL')
      await once(child, 'close')
    },
  }
}

describe('what the helper finds at a source', () => {
  const look = (from: Source) => lookAt(root, engine(), from)

  test('is its directory and size', async () => {
    writeFileSync(join(source, 'f'), 'x')
    expect(await look(ENTRY)).toMatchObject({ directory: source, files: 1 })
  })

  test.each<[string, () => Source, RegExp]>([
    [
      'a missing directory',
      () => (register('e', '/nowhere/x'), { kind: 'entry', name: 'e' }),
      /^it does not exist$/,
    ],
    [
      'a file',
      () => (
        writeFileSync(`${source}/f`, ''),
        register('e', `${source}/f`),
        { kind: 'entry', name: 'e' }
      ),
      /^it is not a directory$/,
    ],
    [
      'a link',
      () => (
        symlinkSync('/', `${source}/l`),
        register('e', `${source}/l`),
        { kind: 'entry', name: 'e' }
      ),
      /^it is a symbolic link$/,
    ],
    [
      'a link above it',
      () => (
        symlinkSync('/', `${source}/l`),
        register('e', `${source}/l/srv`),
        { kind: 'entry', name: 'e' }
      ),
      /is a symbolic link$/,
    ],
    [
      'a system directory',
      () => (register('e', '/etc'), { kind: 'entry', name: 'e' }),
      /^\/etc belongs to the system$/,
    ],
    ['the whole host', () => (register('e', '/'), { kind: 'entry', name: 'e' }), /./],
    [
      'an entry without a path',
      () => (register('e', 5), { kind: 'entry', name: 'e' }),
      /names no directory$/,
    ],
    [
      'a volume that does not exist',
      () => ({ kind: 'volume', name: 'gone' }),
      /^there is no such Docker volume$/,
    ],
    [
      'a volume on another host',
      () => ({ kind: 'volume', name: 'nfs' }),
      /^its data is not in a directory of this host$/,
    ],
    [
      'a volume of another driver',
      () => ({ kind: 'volume', name: 'other' }),
      /^its data is not in a directory of this host$/,
    ],
    [
      'a volume that shows a system directory',
      () => ({ kind: 'volume', name: 'system' }),
      /^\/etc belongs to the system$/,
    ],
    [
      'an entry that names such a volume',
      () => (register('e', 'system'), { kind: 'entry', name: 'e' }),
      /^\/etc belongs to the system$/,
    ],
  ])('is a reason for %s', async (_, make, reason) => {
    expect(await look(make())).toMatch(reason)
  })

  test('is a reason for a socket', async () => {
    const socket = createServer().listen(join(source, 's'))
    await once(socket, 'listening')
    register('e', join(source, 's'))
    expect(await look({ kind: 'entry', name: 'e' })).toBe('it is a socket')
    socket.close()
  })

  test.each([
    ['entry', '../x'],
    ['entry', '/srv'],
    ['entry', ''],
    ['entry', 'A'],
    ['volume', '/srv'],
    ['volume', '..'],
    ['volume', 'a/b'],
    ['path', 'x'],
  ])('is never that of %s %s', (kind, name) => {
    expect(() => parseSource(kind, name)).toThrow('Not a storage entry or volume')
  })
})
