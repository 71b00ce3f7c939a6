import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  followImage,
  forgetImage,
  recordImage,
} from '../../../../src/persist/image-updates/host/follow'
import { readImageTree } from '../../../../src/persist/image-updates/host/read-image'
import { PART } from '../../../../src/persist/image-updates/core/step'
import { serveDirectories, type DirectoryEngine } from '../../../support/image-directory'
import { isRoot } from '../../../support/needs'
import { makePersistServer, type PersistServer } from '../../../support/persist-server'
import { mountSmallDisk } from '../../../support/small-disk'
import { sha256 } from '../../../support/image-tree'

const NOW = new Date('2026-01-02T03:04:05Z')

let base: string
let server: PersistServer
let images: Record<string, string>
let engine: DirectoryEngine

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'persist-'))
  server = makePersistServer(base)
  images = {}
  engine = serveDirectories(images)
  vi.stubEnv('PATH', `${join(base, 'bin')}:${process.env['PATH'] ?? ''}`)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(base, { recursive: true, force: true })
})

type Files = Readonly<Record<string, string>>

function put(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

/** An image with these files in /data. */
function image(name: string, files: Files): string {
  const root = join(base, 'images', name)
  mkdirSync(join(root, 'data'), { recursive: true })
  put(join(root, 'data'), files)
  images[name] = root
  return join(root, 'data')
}

/** Fills the volume from an image, as Docker does, and records it. */
async function fill(name: string, path = '/data'): Promise<void> {
  execFileSync('cp', ['-a', `${images[name] ?? ''}/data/.`, server.volume])
  await recordImage(server.host, engine.engine, { entry: 'v', path }, name, NOW)
}

const follow = (name: string, owner: { uid: number; gid: number } | null = null) =>
  followImage(server.host, engine.engine, { entry: 'v', path: '/data', owner }, name, NOW)

/** Contents of the files of the volume. */
function files(): Record<string, string> {
  const out = execFileSync('find', [server.volume, '-type', 'f', '-printf', '%P\n'])
  const paths = out.toString().split('\n').filter(Boolean).sort()
  return Object.fromEntries(
    paths.map((path) => [path, readFileSync(join(server.volume, path), 'utf8')]),
  )
}

describe('a new image', () => {
  beforeEach(async () => {
    image('one', { a: 'a1', b: 'b1', c: 'c1', 'd/e': 'e1', same: 's' })
    image('two', { a: 'a2', b: 'b2', 'd/e': 'e1', same: 's', 'n/new': 'n2' })
    await fill('one')
  })

  test('updates what nobody changed, and nothing else', async () => {
    put(server.volume, { b: 'mine', own: 'own' })
    expect(await follow('two')).toEqual({
      changes: 5,
      lines: [
        "/data/b was changed here and in the image: it stays, the image's version is /data/b.image-new",
      ],
    })
    expect(files()).toEqual({
      ...{ a: 'a2', b: 'mine', 'b.image-new': 'b2', 'd/e': 'e1', 'n/new': 'n2' },
      ...{ own: 'own', same: 's' },
    })
  })

  test('is merged once: a second deploy makes one request and changes nothing', async () => {
    put(server.volume, { b: 'mine' })
    await follow('two')
    rmSync(join(server.volume, 'b.image-new'))
    put(server.volume, { a: 'mine, too' })
    engine.requests.length = 0
    expect(await follow('two')).toEqual({ changes: 0, lines: [] })
    expect(engine.requests).toEqual(['image two'])
    expect(files()).toMatchObject({ a: 'mine, too', b: 'mine' })
    expect(existsSync(join(server.volume, 'b.image-new'))).toBe(false)
  })

  test('replaces the version that the one before placed', async () => {
    put(server.volume, { b: 'mine' })
    await follow('two')
    image('three', { a: 'a2', b: 'b3', same: 's' })
    await follow('three')
    expect(files()).toEqual({ a: 'a2', b: 'mine', 'b.image-new': 'b3', same: 's' })
    put(server.volume, { 'b.image-new': 'edited' })
    image('four', { a: 'a2', b: 'b4', same: 's' })
    await follow('four')
    const second = `b.image-new-${sha256('b4').slice(0, 8)}`
    expect(files()).toMatchObject({ b: 'mine', 'b.image-new': 'edited', [second]: 'b4' })
  })

  test('is read once if its changes are small', async () => {
    await follow('two')
    const archives = engine.requests.filter((line) => line.startsWith('archive'))
    // One when it was recorded, one now.
    expect(archives).toEqual(['archive /data', 'archive /data'])
  })

  test('with large changes is read once for those, or file by file', async () => {
    const large = 'x'.repeat(1_100_000)
    image('three', { a: large, b: 'b1', c: 'c1' })
    await follow('three')
    expect(files()).toMatchObject({ a: large })
    expect(engine.requests.at(-1)).toBe('archive /data/a')
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`${n}`, `${large}${n}`]))
    image('four', { ...many, small: 's' })
    await follow('four')
    expect(files()).toEqual({ ...many, small: 's' })
    expect(engine.requests.at(-1)).toBe('archive /data')
  })

  test('without such a directory leaves all files, and says so once', async () => {
    images['none'] = join(base, 'images')
    const lines = ['The image has no directory /data: the volume keeps its files']
    expect(await follow('none')).toEqual({ changes: 0, lines })
    expect(await follow('none')).toEqual({ changes: 0, lines: [] })
    expect(await follow('two')).toMatchObject({ changes: 5 })
    expect(files()).toEqual({ a: 'a2', b: 'b2', 'd/e': 'e1', same: 's', 'n/new': 'n2' })
  })

  test('that does not exist is one clear line', async () => {
    await expect(follow('other')).rejects.toThrow('The image other does not exist')
  })

  test('for a volume whose directory is missing is one clear line, and merged later', async () => {
    renameSync(server.volume, `${server.volume}-away`)
    await expect(follow('two')).rejects.toThrow('The directory of the volume v does not exist')
    renameSync(`${server.volume}-away`, server.volume)
    expect(await follow('two')).toMatchObject({ changes: 5 })
  })

  test.skipIf(!isRoot)('gives new files to the owner of the volume (needs root)', async () => {
    execFileSync('chown', ['-R', '1000:1001', server.volume])
    await follow('two', { uid: 1000, gid: 1001 })
    for (const path of ['a', 'b', 'n', 'n/new']) {
      expect(lstatSync(join(server.volume, path))).toMatchObject({ uid: 1000, gid: 1001 })
    }
  })

  test.skipIf(!isRoot)('does not see a chown as a change (needs root)', async () => {
    execFileSync('chown', ['-R', '33:33', server.volume])
    chmodSync(join(server.volume, 'a'), 0o600)
    await follow('two')
    expect(files()).toEqual({ a: 'a2', b: 'b2', 'd/e': 'e1', same: 's', 'n/new': 'n2' })
    const { uid, gid, mode } = statSync(join(server.volume, 'a'))
    expect([uid, gid, mode & 0o777]).toEqual([33, 33, 0o600])
  })
})

test('links, hard links, odd names and many files arrive', async () => {
  image('one', { a: 'a' })
  await fill('one')
  const data = image('two', { a: 'a', 'odd\nname': 'x', ä: 'ä', [`long/${'n'.repeat(200)}`]: 'l' })
  linkSync(join(data, 'a'), join(data, 'b'))
  symlinkSync('/etc/passwd', join(data, 'link'))
  writeFileSync(Buffer.concat([Buffer.from(`${data}/`), Buffer.from([0xff])]), 'byte')
  put(data, Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`many/${n}`, `${n}`])))
  expect((await follow('two')).lines).toEqual([])
  execFileSync('diff', ['-r', '--no-dereference', data, server.volume])
  expect(readdirSync(server.volume)).toHaveLength(8)
})

test('a path that is a link in the image is followed inside the image', async () => {
  const data = image('one', { a: 'a1' })
  renameSync(data, join(data, '../real'))
  symlinkSync('../etc/data', join(data, '../data'))
  mkdirSync(join(data, '../etc'))
  symlinkSync('/real', join(data, '../etc/data'))
  const tree = await readImageTree(engine.engine, 'one', '/data')
  expect([...(tree ?? [])].map(([path, { type }]) => [path, type])).toEqual([
    ['', 'directory'],
    ['a', 'file'],
  ])
  symlinkSync('circle', join(data, '../circle'))
  expect(await readImageTree(engine.engine, 'one', '/circle')).toBeNull()
  expect(await readImageTree(engine.engine, 'one', '/real/a')).toBeNull()
})

test('a volume that is switched to follow its images keeps what it has', async () => {
  put(server.volume, { a: 'mine', b: 'b1' })
  image('one', { a: 'a1', b: 'b1', c: 'c1' })
  image('two', { a: 'a2', b: 'b2', c: 'c1' })
  expect(await follow('one')).toEqual({ changes: 0, lines: [] })
  expect(files()).toEqual({ a: 'mine', b: 'b1' })
  await follow('two')
  expect(files()).toEqual({ a: 'mine', 'a.image-new': 'a2', b: 'b2' })
  forgetImage(server.host, 'v')
  expect(readdirSync(join(server.data, 'manifests'))).toEqual([])
})

test('what is recorded is closed to others', async () => {
  image('one', { a: 'a' })
  await fill('one')
  expect(statSync(join(server.data, 'manifests')).mode & 0o777).toBe(0o700)
  expect(statSync(join(server.data, 'manifests/v')).mode & 0o777).toBe(0o600)
})

/** Puts a program in place of the root helper: it runs the helper with a changed input or output. */
function through(script: string): void {
  const helper = `'${process.execPath}' '${server.helper}'`
  writeFileSync(
    join(base, 'bin/sudo'),
    `#!/bin/bash\nshift 2; helper() { ${helper} "$@"; }\n${script}\n`,
  )
}

describe('a run that was killed', () => {
  beforeEach(async () => {
    image('one', { a: 'a1', b: 'b1', c: 'c1', d: 'd1' })
    image('two', { a: 'a2', b: 'b2', c: 'c2', 'e/f': 'f2' })
    image('three', { a: 'a3', b: 'b3', c: 'c3', 'e/f': 'f3' })
    await fill('one')
    put(server.volume, { b: 'mine' })
    // Applies three steps, and gets the beginning of a fourth.
    through(`if [ "$1" = merge ]; then
      helper "$@" < <(head -n 4); echo '{"message":"killed"}' >&2; exit 1; else helper "$@"; fi`)
    await expect(follow('two')).rejects.toThrow('killed')
    const now = files()
    expect(now).toMatchObject({ b: 'mine' })
    expect(Object.values(now).filter((content) => content.endsWith('2')).length).toBeGreaterThan(0)
    through('helper "$@"')
  })

  test('is completed by the next one', async () => {
    const { lines } = await follow('two')
    expect(lines).toHaveLength(1)
    expect(files()).toEqual({ a: 'a2', b: 'mine', 'b.image-new': 'b2', c: 'c2', 'e/f': 'f2' })
    expect(readdirSync(join(server.data, 'manifests'))).toEqual(['v'])
  })

  test('does not make changes of its own look like those of the user', async () => {
    await follow('three')
    expect(files()).toEqual({ a: 'a3', b: 'mine', 'b.image-new': 'b3', c: 'c3', 'e/f': 'f3' })
  })

  test('nor does a second one', async () => {
    through(`if [ "$1" = merge ]; then
      helper "$@" < <(head -n 3); echo '{"message":"killed"}' >&2; exit 1; else helper "$@"; fi`)
    await expect(follow('three')).rejects.toThrow('killed')
    through('helper "$@"')
    image('four', { a: 'a4', b: 'b4', c: 'c4' })
    await follow('four')
    expect(files()).toEqual({ a: 'a4', b: 'mine', 'b.image-new': 'b4', c: 'c4' })
  })
})

describe('an app that changes files meanwhile', () => {
  beforeEach(async () => {
    image('one', { a: 'a1', b: 'b1' })
    image('two', { a: 'a2', b: 'b2' })
    await fill('one')
  })

  test('keeps its change: the next plan sees it', async () => {
    through(`if [ "$1" = merge ] && [ ! -e '${base}/done' ]; then
      touch '${base}/done'; printf mine > '${server.volume}/a'; fi; helper "$@"`)
    expect((await follow('two')).lines).toEqual([expect.stringContaining('/data/a was changed')])
    expect(files()).toEqual({ a: 'mine', 'a.image-new': 'a2', b: 'b2' })
  })

  test('again and again leaves it to the next deploy', async () => {
    through(`if [ "$1" = merge ]; then printf a1 >> '${server.volume}/a'; fi; helper "$@"
      code=$?; if [ "$1" = merge ]; then printf a1 > '${server.volume}/a'; fi; exit $code`)
    expect((await follow('two')).lines).toEqual([
      '1 entry of /data could not be updated (it has changed): the next deploy tries again',
    ])
    expect(files()).toEqual({ a: 'a1', b: 'b2' })
    through('helper "$@"')
    expect(await follow('two')).toEqual({ changes: 1, lines: [] })
    expect(files()).toEqual({ a: 'a2', b: 'b2' })
  })
})

describe.skipIf(!isRoot)('a full disk (needs root)', () => {
  test.each<[string, (disk: ReturnType<typeof mountSmallDisk>) => void]>([
    ['no space', (disk) => disk.fill(8192)],
    ['no inodes', (disk) => disk.useUpInodes()],
  ])('%s: one line, old files are whole, the next run completes it', async (_, spoil) => {
    const disk = mountSmallDisk(server.volume)
    try {
      image('one', { a: 'a1', b: 'b1', c: 'c1' })
      image('two', { a: 'a2', b: 'x'.repeat(500_000), c: 'c2' })
      await fill('one')
      spoil(disk)
      await expect(follow('two')).rejects.toMatchObject({
        name: 'KnownError',
        message: expect.stringMatching(/: no space left, or no inodes$/) as string,
        hint: expect.stringContaining('run this again') as string,
      })
      expect(existsSync(join(server.volume, PART))).toBe(false)
      expect(readFileSync(join(server.volume, 'b'), 'utf8')).toBe('b1')
      for (const name of ['a', 'c']) {
        expect(readFileSync(join(server.volume, name), 'utf8')).toMatch(/^.[12]$/)
      }
      disk.mend()
      await follow('two')
      expect(files()).toEqual({ a: 'a2', b: 'x'.repeat(500_000), c: 'c2' })
    } finally {
      disk.unmount()
    }
  })
})
