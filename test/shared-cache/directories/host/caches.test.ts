import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  checkCaches,
  makeCaches,
  removeSteps,
  usage,
  walkCache,
} from '../../../../src/shared-cache/directories/host/caches'
import type { Host } from '../../../../src/foundation/cli/command'
import { cacheDirectoryNamed } from '../../../../src/shared-cache/directories/core/places'
import { ACL_PACKAGE } from '../../../../src/shared-cache/directories/core/problems'
import { removeFromCache } from '../../../../src/shared-cache/directories/host/contents'
import type { Entry } from '../../../../src/foundation/core/entry'
import type { RemovalStep } from '../../../../src/shared-cache/package-managers/core/steps'
import { makePlaces } from '../../../../src/shared-cache/directories/host/make'
import { checkPlaces } from '../../../../src/shared-cache/directories/host/check'
import { localHost } from '../../../support/host'
import { hasAcl } from '../../../support/needs'

let base: string
let root: string
let host: Host

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'shared-cache-'))
  root = join(base, 'shared')
  host = localHost(root)
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const mode = (path: string) => (statSync(join(root, path)).mode & 0o7777).toString(8)
const acl = (path: string) =>
  execFileSync('getfacl', ['-cp', join(root, path)], { encoding: 'utf8' })

async function entries(name: string): Promise<Map<string, Entry>> {
  const found = new Map<string, Entry>()
  await walkCache(host, name, (entry) => found.set(entry.path, entry))
  return found
}

/** Makes cache directories for many users, like the root helper on a Dokku server. */
const makeShared = (names: readonly string[], progress: (() => void) | null = () => undefined) =>
  makePlaces(root, names.map(cacheDirectoryNamed), owner, progress)
const checkShared = (names: readonly string[]) =>
  checkPlaces(root, names.map(cacheDirectoryNamed), owner)
const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
const owner = { ...own, rootGid: own.gid }

describe.skipIf(!hasAcl)('cache directories for many users (needs acl)', () => {
  test('a cache is open to all users, and so is everything made in it', async () => {
    await makeShared(['pip'])
    expect(mode('')).toBe('750')
    expect(mode('pip')).toBe('777')
    expect(acl('pip')).toContain('default:other::rwx')
    expect(existsSync(join(root, 'pip/CACHEDIR.TAG'))).toBe(true)
    execFileSync('sh', ['-c', 'umask 022 && mkdir made && touch made/file'], {
      cwd: join(root, 'pip'),
    })
    expect([mode('pip/made'), mode('pip/made/file')]).toEqual(['777', '666'])
  })

  test('cargo has its two directories and its two lock files', async () => {
    await makeShared(['cargo'])
    expect(mode('rust/registry')).toBe('777')
    expect(acl('rust/git')).toContain('default:group::rwx')
    expect([mode('rust/.package-cache'), mode('rust/.package-cache-mutate')]).toEqual([
      '666',
      '666',
    ])
  })

  test('the second run changes nothing', async () => {
    const first = await makeShared(['pip', 'npm', 'cargo'])
    expect(first.changed.every(({ kind }) => kind === 'missing')).toBe(true)
    expect(await makeShared(['pip', 'npm', 'cargo'])).toEqual({ changed: [], remaining: [] })
    expect(checkShared(['pip', 'npm', 'cargo'])).toEqual([])
  })

  test.each([
    ['mode', () => chmodSync(join(root, 'pip'), 0o755), '0755 instead of 0777'],
    ['mode', () => chmodSync(join(root, 'pip'), 0o1777), '01777 instead of 0777'],
    ['acl', () => execFileSync('setfacl', ['-k', join(root, 'pip')]), 'no default ACL'],
    ['missing', () => rmSync(join(root, 'pip'), { recursive: true }), 'missing'],
  ])('a problem is named, then fixed: %s', async (kind, spoil, problem) => {
    await makeShared(['pip'])
    spoil()
    const found = checkShared(['pip'])
    expect(found[0]).toMatchObject({ cache: 'pip', path: 'pip', kind })
    expect(found[0]?.problem).toContain(problem)
    expect((await makeShared(['pip'])).changed).toEqual(found)
    expect(checkShared(['pip'])).toEqual([])
  })

  test('a cache that a script left closed is opened to all users, at every level', async () => {
    mkdirSync(join(root, 'pip/http-v2/a/b'), { recursive: true, mode: 0o755 })
    writeFileSync(join(root, 'pip/http-v2/a/b/file'), '', { mode: 0o600 })
    writeFileSync(join(root, 'pip/http-v2/a/b/program'), '', { mode: 0o700 })
    await makeShared(['pip'])
    expect(mode('pip/http-v2/a/b')).toBe('777')
    expect(acl('pip/http-v2/a/b')).toContain('default:other::rwx')
    expect(mode('pip/http-v2/a/b/file')).toBe('666')
    expect(mode('pip/http-v2/a/b/program')).toBe('777')
    expect(readdirSync(join(root, 'pip')).sort()).toEqual(['CACHEDIR.TAG', 'http-v2'])
  })

  test('without progress, opening is left to the next setup', async () => {
    mkdirSync(join(root, 'pip/http-v2/a/b/c/d'), { recursive: true, mode: 0o755 })
    await makeShared(['pip'], null)
    expect([mode('pip'), mode('pip/http-v2/a/b/c/d')]).toEqual(['777', '755'])
    expect(checkShared(['pip'])).toMatchObject([{ kind: 'closed inside' }])
    await makeShared(['pip'])
    expect(mode('pip/http-v2/a/b/c/d')).toBe('777')
  })

  test('a cache that a script left closed also gets the directories of systems', async () => {
    mkdirSync(join(root, 'pip/http-v2'), { recursive: true, mode: 0o755 })
    await makeShared(['pip', 'pip@debian-12-amd64-glibc'])
    expect(mode('pip/debian-12-amd64-glibc')).toBe('777')
    expect(checkShared(['pip', 'pip@debian-12-amd64-glibc'])).toEqual([])
  })
})

describe('cache directories for many users without the package acl', () => {
  const NAMES = ['pip', 'npm', 'cargo']
  const path = process.env['PATH']
  beforeEach(() => {
    // The directories have only what find needs.
    mkdirSync(join(base, 'bin'))
    symlinkSync(
      execFileSync('which', ['find'], { encoding: 'utf8' }).trim(),
      join(base, 'bin/find'),
    )
    process.env['PATH'] = join(base, 'bin')
  })
  afterEach(() => {
    process.env['PATH'] = path
  })
  const host = { cache: null, path: '', kind: 'acl', problem: ACL_PACKAGE }

  test('they are still made, with one problem', async () => {
    const { changed, remaining } = await makeShared(NAMES)
    expect(changed.every(({ kind }) => kind === 'missing')).toBe(true)
    expect(remaining).toEqual([host])
    expect(mode('rust/registry')).toBe('777')
  })

  test('a later check has the same problem, which setup cannot fix', async () => {
    await makeShared(NAMES)
    expect(checkShared(NAMES)).toEqual([host])
    expect(await makeShared(NAMES)).toEqual({ changed: [], remaining: [host] })
  })

  test('other problems are fixed', async () => {
    await makeShared(NAMES)
    chmodSync(join(root, 'npm'), 0o755)
    const { changed, remaining } = await makeShared(NAMES)
    expect(changed).toMatchObject([{ path: 'npm', kind: 'mode' }])
    expect(remaining).toEqual([host])
    expect(mode('npm')).toBe('777')
  })
})

describe('cache directories of a single user', () => {
  test('need no ACLs, and what tools make in them may be closed to others', async () => {
    await makeCaches(host, ['pip', 'cargo'])
    execFileSync('sh', ['-c', 'umask 077 && mkdir made'], { cwd: join(root, 'pip') })
    expect(await checkCaches(host, ['pip', 'cargo'])).toEqual([])
    expect(await makeCaches(host, ['pip', 'cargo'])).toEqual({ changed: [], remaining: [] })
    expect([mode(''), mode('pip'), mode('pip/made')]).toEqual(['750', '777', '700'])
  })

  test.each([
    ['mode', () => chmodSync(join(root, 'pip'), 0o500)],
    ['missing', () => rmSync(join(root, 'pip'), { recursive: true })],
  ])('a problem is named, then fixed: %s', async (kind, spoil) => {
    await makeCaches(host, ['pip'])
    spoil()
    const found = await checkCaches(host, ['pip'])
    expect(found[0]).toMatchObject({ cache: 'pip', path: 'pip', kind })
    expect((await makeCaches(host, ['pip'])).changed).toEqual(found)
    expect(await checkCaches(host, ['pip'])).toEqual([])
  })
})

describe('another file at the path of a cache directory', () => {
  test.each([
    ['a link in place of a cache', 'pip', 'is a symbolic link'],
    ['a link in place of the root', '', 'is a symbolic link'],
    ['a link in place of a lock', 'rust/.package-cache', 'is a symbolic link'],
  ])('%s is rejected before any change', async (_, path, message) => {
    const elsewhere = join(base, 'elsewhere')
    mkdirSync(elsewhere)
    if (path !== '') mkdirSync(join(root, path, '..'), { recursive: true })
    symlinkSync(elsewhere, join(root, path))
    await expect(makeCaches(host, ['pip', 'cargo'])).rejects.toThrow(message)
    expect(readdirSync(elsewhere)).toEqual([])
    expect(existsSync(join(root, 'pip/CACHEDIR.TAG'))).toBe(false)
  })

  test('a file instead of a cache is rejected', async () => {
    mkdirSync(root)
    writeFileSync(join(root, 'npm'), '')
    await expect(makeCaches(host, ['npm'])).rejects.toThrow(`${root}/npm is not a directory`)
  })
})

describe('measuring', () => {
  test('bytes are those of du, a hard-linked file once', async () => {
    await makeCaches(host, ['npm'])
    writeFileSync(join(root, 'npm/one'), 'x'.repeat(10_000))
    linkSync(join(root, 'npm/one'), join(root, 'npm/two'))
    const du = execFileSync('du', ['-s', '--block-size=1', join(root, 'npm')], { encoding: 'utf8' })
    const found = (await usage(host, ['npm', 'pip'])).get('npm')
    expect(found).toMatchObject({ bytes: parseInt(du), files: 2, complete: true })
  })

  test('the newest use is that of the file used last', async () => {
    await makeCaches(host, ['npm'])
    const file = join(root, 'npm/CACHEDIR.TAG')
    utimesSync(file, new Date(2_000_000), new Date(1_000_000))
    expect((await usage(host, ['npm'])).get('npm')?.newestUse).toBe(2_000_000)
  })

  test('everything is counted once, at any level and with any name', async () => {
    await makeCaches(host, ['npm'])
    const names = [
      'a',
      'b',
      '0',
      '1',
      '.',
      '-',
      ' ',
      '\n',
      '~',
      '\u00e9',
      '\xff\xfe',
      '$',
      '[',
      '\\',
    ]
    const inside = (path: Buffer, level: number): number => {
      let made = 0
      for (const name of names) {
        const own = Buffer.concat([path, Buffer.from(`/x${name}`, 'latin1')])
        writeFileSync(Buffer.concat([own, Buffer.from('f')]), 'x')
        made += 1
        if (level > 5 || (level !== 4 && name !== 'b')) continue
        mkdirSync(own)
        made += inside(own, level + 1)
      }
      return made
    }
    const made = inside(Buffer.from(join(root, 'npm')), 1)
    expect(made).toBeGreaterThan(400)
    const du = execFileSync('du', ['-s', '--block-size=1', join(root, 'npm')], { encoding: 'utf8' })
    const found = (await usage(host, ['npm'])).get('npm')
    // One more file: the tag of the cache directory.
    expect(found).toMatchObject({ bytes: parseInt(du), files: made + 1, complete: true })
  })

  test('a missing cache is empty', async () => {
    const found = await usage(host, ['uv'])
    expect(found.get('uv')).toEqual({ bytes: 0, files: 0, newestUse: null, complete: true })
  })

  test('names may contain any byte', async () => {
    await makeCaches(host, ['npm'])
    writeFileSync(join(root, 'npm/a line\nand 1 more'), '')
    symlinkSync('to somewhere\n', join(root, 'npm/link'))
    const found = await entries('npm')
    expect(found.get('a line\nand 1 more')?.type).toBe('file')
    expect(found.get('link')).toMatchObject({ type: 'link', target: 'to somewhere\n' })
  })

  test('a link out of the cache is not followed', async () => {
    await makeCaches(host, ['npm'])
    symlinkSync('/usr', join(root, 'npm/usr'))
    expect([...(await entries('npm')).keys()].sort()).toEqual(['', 'CACHEDIR.TAG', 'usr'])
  })
})

describe('removing', () => {
  const quiet = () => undefined
  const step = (action: RemovalStep['action'], entry: Entry | undefined): RemovalStep => ({
    action,
    path: entry?.path ?? '',
    identity: entry?.identity ?? '',
  })

  beforeEach(async () => {
    await makeCaches(host, ['npm'])
    mkdirSync(join(root, 'npm/a/b'), { recursive: true })
    writeFileSync(join(root, 'npm/a/file'), 'x'.repeat(5000))
    writeFileSync(join(root, 'npm/a/b/inner'), 'x'.repeat(5000))
  })

  test('a file is deleted, and its bytes are freed', async () => {
    const file = (await entries('npm')).get('a/file')
    const removed = await removeSteps(host, 'npm', [step('unlink', file)], quiet)
    expect(removed).toMatchObject({ freed: file?.bytes, left: [] })
    expect(existsSync(join(root, 'npm/a/file'))).toBe(false)
  })

  test('a hard-linked file frees its bytes with its last name', async () => {
    linkSync(join(root, 'npm/a/file'), join(root, 'npm/again'))
    const found = await entries('npm')
    const steps = [step('unlink', found.get('a/file')), step('unlink', found.get('again'))]
    expect((await removeSteps(host, 'npm', steps.slice(0, 1), quiet)).freed).toBe(0)
    const last = await removeSteps(host, 'npm', steps.slice(1), quiet)
    expect(last.freed).toBe(found.get('again')?.bytes)
  })

  test('a directory is removed as a whole', async () => {
    const found = await entries('npm')
    const removed = await removeSteps(host, 'npm', [step('trash', found.get('a'))], quiet)
    const bytes = ['a', 'a/file', 'a/b', 'a/b/inner'].map((path) => found.get(path)?.bytes ?? 0)
    expect(removed).toMatchObject({ freed: bytes.reduce((sum, each) => sum + each, 0), left: [] })
    expect(readdirSync(join(root, 'npm'))).toEqual(['CACHEDIR.TAG'])
  })

  test('a directory is tidied if it is empty', async () => {
    mkdirSync(join(root, 'npm/empty'))
    const tidy = (path: string): RemovalStep => ({ action: 'tidy', path, identity: '' })
    await removeSteps(host, 'npm', [tidy('empty'), tidy('a')], quiet)
    expect(readdirSync(join(root, 'npm')).sort()).toEqual(['CACHEDIR.TAG', 'a'])
  })

  describe('expired files', () => {
    const TIME = 1_700_000_000_000
    const expire = (path: string, before = TIME) =>
      removeSteps(host, 'npm', [{ action: 'expire', path, identity: String(before) }], quiet)
    const spread = (path: string, accessed: number, modified = accessed) => {
      mkdirSync(join(root, 'npm/s', path, '..'), { recursive: true })
      writeFileSync(join(root, 'npm/s', path), 'x'.repeat(3000))
      utimesSync(join(root, 'npm/s', path), accessed / 1000, modified / 1000)
    }
    const stays = (path: string) => existsSync(join(root, 'npm/s', path))

    test.each<[string, number, number, boolean]>([
      ['used before', TIME - 1, TIME - 1, false],
      ['used right then', TIME, TIME, true],
      ['read since', TIME + 1, TIME - 5, true],
      ['written since', TIME - 5, TIME + 1, true],
    ])('include a file %s', async (_, accessed, modified, isLeft) => {
      spread('aa/bb/cc', accessed, modified)
      const { expired, freed, left } = await expire('s')
      expect({ expired, freed, left }).toEqual({
        expired: isLeft ? 0 : 1,
        freed: isLeft ? 0 : 4096,
        left: [],
      })
      expect(stays('aa/bb/cc')).toBe(isLeft)
      expect(stays('aa/bb')).toBe(true)
    })

    test('are files two levels below, named by their hash, and nothing else', async () => {
      const others = ['aa/file', 'aa/bb/cc/dd', 'aa/bb/CC', 'aa/bb/c-c', 'aa/b/cc', 'a a/bb/cc']
      for (const path of [...others, '-d/bb/cc']) spread(path, TIME - 1)
      symlinkSync('/etc/passwd', join(root, 'npm/s/aa/bb/dd'))
      symlinkSync(join(root, 'npm/s/aa'), join(root, 'npm/s/bb'))
      spread('aa/bb/ee', TIME - 1)
      expect((await expire('s')).expired).toBe(1)
      expect([...others, '-d/bb/cc', 'aa/bb/dd'].filter((path) => !stays(path))).toEqual([])
      expect(stays('aa/bb/ee')).toBe(false)
    })

    test('free a hard-linked file with its last name', async () => {
      spread('aa/bb/c1', TIME - 1)
      linkSync(join(root, 'npm/s/aa/bb/c1'), join(root, 'npm/a/other'))
      expect(await expire('s')).toMatchObject({ expired: 1, freed: 0 })
    })

    test.each(['link', 'nowhere', 's/aa/bb/cc', '..', '.', ''])(
      'do not exist in %j',
      async (path) => {
        spread('aa/bb/cc', TIME - 1)
        symlinkSync('s', join(root, 'npm/link'))
        expect(await expire(path)).toMatchObject({ expired: 0, freed: 0 })
        expect(stays('aa/bb/cc')).toBe(true)
      },
    )

    test.each([-1, 0, 0.5, NaN, Infinity])('do not exist before %s', async (before) => {
      spread('aa/bb/cc', 0)
      expect(await expire('s', before)).toMatchObject({ expired: 0 })
    })
  })

  test('what a killed run had renamed is deleted by the next run', async () => {
    mkdirSync(join(root, 'npm/.trash-1-2/0'), { recursive: true })
    writeFileSync(join(root, 'npm/.trash-1-2/0/file'), 'x')
    await removeSteps(host, 'npm', [], quiet)
    expect(readdirSync(join(root, 'npm')).sort()).toEqual(['CACHEDIR.TAG', 'a'])
  })

  test.each<[string, () => void]>([
    ['written since', () => writeFileSync(join(root, 'npm/a/file'), 'other')],
    ['gone', () => rmSync(join(root, 'npm/a/file'))],
    [
      'a link now',
      () => {
        rmSync(join(root, 'npm/a/file'))
        symlinkSync('/etc/passwd', join(root, 'npm/a/file'))
      },
    ],
    [
      'reached through a link now',
      () => {
        rmSync(join(root, 'npm/a'), { recursive: true })
        symlinkSync(base, join(root, 'npm/a'))
      },
    ],
  ])('a file that is %s is kept', async (_, change) => {
    const planned = step('unlink', (await entries('npm')).get('a/file'))
    change()
    expect(await removeSteps(host, 'npm', [planned], quiet)).toEqual({
      freed: 0,
      expired: 0,
      left: [0],
      trouble: '',
    })
  })

  test.each(['../shared/npm/a/file', '/etc/passwd', 'a/../a/file', 'a//file', '', '.', 'a/.'])(
    'the path %j is rejected: it does not stay below the cache',
    async (path) => {
      const { identity } = step('unlink', (await entries('npm')).get('a/file'))
      for (const action of ['unlink', 'trash', 'tidy'] as const) {
        const planned = { action, identity, path }
        expect((await removeSteps(host, 'npm', [planned], quiet)).left).toEqual([0])
      }
      expect(existsSync(join(root, 'npm/a/file'))).toBe(true)
    },
  )

  describe('the locks of the tools', () => {
    const step: RemovalStep = { action: 'tidy', path: 'nothing', identity: '' }
    const holder = (file: string, command: string) =>
      spawn('flock', ['-s', join(root, file), 'sh', '-c', `echo held; ${command}`], {
        stdio: ['pipe', 'pipe', 'ignore'],
      })

    test("cargo's lock is waited for while it builds", async () => {
      await makeCaches(host, ['cargo'])
      const cargo = holder('rust/.package-cache-mutate', 'sleep 1')
      await once(cargo.stdout, 'data')
      let over = false
      cargo.once('exit', () => (over = true))
      await removeSteps(host, 'cargo', [step], quiet)
      expect(over).toBe(true)
    })

    test("uv's lock is held while its cache is pruned", async () => {
      await makeCaches(host, ['uv'])
      writeFileSync(join(root, 'uv/file'), '')
      const taken: boolean[] = []
      const steps = {
        *[Symbol.iterator]() {
          yield [step]
          const lock = ['-s', '-n', join(root, 'uv/.lock'), 'true']
          taken.push(spawnSync('flock', lock).status === 1)
        },
      }
      await removeFromCache(root, cacheDirectoryNamed('uv'), steps, quiet)
      expect(taken).toEqual([true])
      expect(spawnSync('flock', ['-s', '-n', join(root, 'uv/.lock'), 'true']).status).toBe(0)
    })

    test('the lock of each system is held as well', async () => {
      const own = join(root, 'uv/debian-12-amd64-glibc')
      mkdirSync(own, { recursive: true })
      writeFileSync(join(own, '.lock'), '')
      const taken: boolean[] = []
      const steps = {
        *[Symbol.iterator]() {
          yield [step]
          const lock = ['-s', '-n', join(own, '.lock'), 'true']
          taken.push(spawnSync('flock', lock).status === 1)
        },
      }
      await removeFromCache(root, cacheDirectoryNamed('uv'), steps, quiet)
      expect(taken).toEqual([true])
    })

    test('are not waited for if there is nothing to remove', async () => {
      await makeCaches(host, ['cargo'])
      const cargo = holder('rust/.package-cache-mutate', 'cat')
      await once(cargo.stdout, 'data')
      await removeSteps(host, 'cargo', [], quiet)
      expect(cargo.exitCode).toBe(null)
      cargo.stdin.end()
    })

    test('a pipe instead of a lock is not opened', async () => {
      mkdirSync(join(root, 'uv'))
      execFileSync('mkfifo', [join(root, 'uv/.lock')])
      await expect(removeSteps(host, 'uv', [step], quiet)).rejects.toThrow('is not a file')
    })
  })
})
