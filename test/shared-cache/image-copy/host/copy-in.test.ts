import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cacheDirectoryNamed } from '../../../../src/shared-cache/directories/core/places'
import { copyIn, type Copied } from '../../../../src/shared-cache/image-copy/host/copy-in'
import { makePlaces } from '../../../../src/shared-cache/directories/host/make'
import { hasAcl } from '../../../support/needs'

const SYSTEM = 'debian-12-amd64-glibc'
const BROWSERS = `ms-playwright/${SYSTEM}`
const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
const LIMITS = { maxBytes: 10_000_000, seconds: 60 }

let base: string
let root: string
let place: string

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'shared-cache-'))
  root = join(base, 'shared')
  place = join(base, 'image/files')
  mkdirSync(place, { recursive: true })
  const names = ['cargo', 'npm', `pip@${SYSTEM}`, `playwright@${SYSTEM}`]
  await makePlaces(root, names.map(cacheDirectoryNamed), { ...own, rootGid: own.gid }, null)
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** Adds files to the image: contents by path. */
function addFiles(files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(place, path)), { recursive: true })
    writeFileSync(join(place, path), content)
  }
}

/** Runs a shell script at the path in the image. */
const inPlace = (script: string) => execFileSync('sh', ['-ec', script], { cwd: place })

function copy(name: string, within = '', limits = LIMITS, bytes?: number): Promise<Copied> {
  const tar = execFileSync('tar', ['-C', dirname(place), '-cf', '-', 'files'])
  const archive = Readable.from([tar.subarray(0, bytes)])
  return copyIn(root, cacheDirectoryNamed(name), within, archive, limits)
}

/** Paths of the files below a directory of the caches. */
const filesIn = (directory: string) =>
  execFileSync('find', [join(root, directory), '-type', 'f', '-printf', '%P\n'], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => path !== '' && !path.endsWith('CACHEDIR.TAG'))
    .sort()

const CHROMIUM = {
  'chromium-1187/chrome-linux/chrome': '#!/bin/sh\necho chrome\n',
  'chromium-1187/INSTALLATION_COMPLETE': '',
}

describe('browsers', () => {
  beforeEach(() => addFiles(CHROMIUM))

  test('are copied completely, each under its name, without other files', async () => {
    addFiles({ '.links/0123': '/app/node_modules/playwright-core' })
    inPlace('chmod 755 chromium-1187/chrome-linux/chrome; chmod 600 chromium-1187/INST*')
    expect(await copy(`playwright@${SYSTEM}`)).toEqual({
      copied: 1,
      bytes: 22,
      needed: ['chromium-1187'],
    })
    expect(filesIn('ms-playwright')).toEqual(
      Object.keys(CHROMIUM)
        .sort()
        .map((path) => `${SYSTEM}/${path}`),
    )
    const chrome = join(root, BROWSERS, 'chromium-1187/chrome-linux/chrome')
    expect(execFileSync(chrome, { encoding: 'utf8' })).toBe('chrome\n')
    expect(statSync(chrome).mode & 0o7777).toBe(0o777)
    expect(statSync(join(root, BROWSERS, 'chromium-1187')).mode & 0o7777).toBe(0o777)
    expect(
      statSync(join(root, BROWSERS, 'chromium-1187/INSTALLATION_COMPLETE')).mode & 0o7777,
    ).toBe(0o666)
  })

  const needsAcl = 'what is made in them later is open to all, whatever the umask (needs acl)'
  test.skipIf(!hasAcl)(needsAcl, async () => {
    await copy(`playwright@${SYSTEM}`)
    const made = join(root, BROWSERS, 'chromium-1187/made')
    execFileSync('sh', ['-c', 'umask 077; mkdir "$0"', made])
    expect(statSync(made).mode & 0o777).toBe(0o777)
  })

  test('that exist are not changed', async () => {
    const own = join(root, BROWSERS, 'chromium-1187')
    mkdirSync(own)
    writeFileSync(join(own, 'INSTALLATION_COMPLETE'), 'own')
    expect(await copy(`playwright@${SYSTEM}`)).toMatchObject({
      copied: 0,
      needed: ['chromium-1187'],
    })
    expect(readdirSync(own)).toEqual(['INSTALLATION_COMPLETE'])
    expect(readFileSync(join(own, 'INSTALLATION_COMPLETE'), 'utf8')).toBe('own')
  })

  test('are not copied a second time', async () => {
    await copy(`playwright@${SYSTEM}`)
    expect(await copy(`playwright@${SYSTEM}`)).toMatchObject({ copied: 0, bytes: 0 })
  })

  test('inner links and hard links are preserved', async () => {
    inPlace('cd chromium-1187; ln -s chrome-linux/chrome current; ln chrome-linux/chrome other')
    await copy(`playwright@${SYSTEM}`)
    const chromium = join(root, BROWSERS, 'chromium-1187')
    expect(readFileSync(join(chromium, 'current'), 'utf8')).toContain('echo chrome')
    expect(statSync(join(chromium, 'other')).nlink).toBe(2)
  })

  test.each<[string, string, string]>([
    ['a revision that was never finished', 'rm chromium-1187/INST*', 'chromium-1187 is incomplete'],
    [
      'a browser of somebody’s own',
      'mkdir own; touch own/chrome',
      'own/chrome is not part of the cache',
    ],
    [
      'a link out of it',
      'ln -s /etc/passwd chromium-1187/x',
      'chromium-1187/x is a link to outside of its directory',
    ],
    [
      'a link above it',
      'ln -s ../../x chromium-1187/x',
      'chromium-1187/x is a link to outside of its directory',
    ],
    ['a link in place of a revision', 'ln -s /etc firefox-1', 'firefox-1 is not part of the cache'],
    ['a pipe', 'mkfifo chromium-1187/x', 'chromium-1187/x is not a regular file'],
    [
      'a program that has the setuid or setgid bit',
      'touch chromium-1187/x; chmod 4755 chromium-1187/x',
      'chromium-1187/x has the setuid or setgid bit',
    ],
    [
      'a name with a new line',
      "mkdir 'firefox-1'; touch 'firefox-1/a\nb'",
      'firefox-1 is incomplete',
    ],
  ])('with %s nothing is copied', async (_, script, why) => {
    inPlace(script)
    await expect(copy(`playwright@${SYSTEM}`)).rejects.toThrow(why)
    expect(filesIn('ms-playwright')).toEqual([])
    expect(readdirSync(join(root, 'ms-playwright'))).toEqual([SYSTEM])
  })

  test('an existing incomplete one stops all of them', async () => {
    mkdirSync(join(root, BROWSERS, 'chromium-1187/chrome-linux'), { recursive: true })
    await expect(copy(`playwright@${SYSTEM}`)).rejects.toThrow(
      'chromium-1187 in the cache is incomplete',
    )
  })

  test.each<[string, typeof LIMITS, string]>([
    ['more than may be copied', { maxBytes: 20, seconds: 60 }, 'it is too large'],
    ['more than there is time for', { maxBytes: 1e9, seconds: -1 }, 'it takes longer than'],
  ])('%s is not copied', async (_, limits, why) => {
    await expect(copy(`playwright@${SYSTEM}`, '', limits)).rejects.toThrow(why)
    expect(filesIn('ms-playwright')).toEqual([])
  })

  test.each([1, 511, 512, 1024, 2048, 3072])(
    'an archive of %d bytes is not copied',
    async (bytes) => {
      await expect(copy(`playwright@${SYSTEM}`, '', LIMITS, bytes)).rejects.toThrow('incomplete')
      expect(readdirSync(join(root, 'ms-playwright'))).toEqual([SYSTEM])
    },
  )

  test('leftovers of a killed run are deleted once no run can be using them', async () => {
    const [old, young] = ['.incoming-1-1', '.incoming-2-2'].map((name) =>
      join(root, 'ms-playwright', name),
    )
    for (const path of [old, young]) mkdirSync(join(path ?? '', 'x'), { recursive: true })
    utimesSync(old ?? '', 1, 1)
    await copy(`playwright@${SYSTEM}`)
    expect([old, young].map((path) => existsSync(path ?? ''))).toEqual([false, true])
  })

  test('two at the same time leave one complete copy', async () => {
    await Promise.all([copy(`playwright@${SYSTEM}`), copy(`playwright@${SYSTEM}`)])
    expect(filesIn(BROWSERS)).toEqual(Object.keys(CHROMIUM).sort())
  })
})

test("pip's downloads are copied for all systems, built wheels for their own", async () => {
  addFiles({
    'http-v2/0/1/2/3/4/0123': 'head',
    'http-v2/0/1/2/3/4/0123.body': 'body',
    'wheels/01/23/45/6789/a.whl': 'wheel',
    'wheels/01/23/45/6789/origin.json': '{}',
    'selfcheck/0123': '{}',
  })
  expect(await copy(`pip@${SYSTEM}`)).toMatchObject({ copied: 3, needed: [] })
  expect(filesIn('pip')).toEqual([
    `${SYSTEM}/wheels/01/23/45/6789/a.whl`,
    `${SYSTEM}/wheels/01/23/45/6789/origin.json`,
    'http-v2/0/1/2/3/4/0123',
    'http-v2/0/1/2/3/4/0123.body',
  ])
})

test('of npm only missing files are copied, one by one', async () => {
  const blob = '_cacache/content-v2/sha512/00/11/2233'
  addFiles({ [blob]: 'blob', '_cacache/index-v5/00/11/2233': 'index' })
  mkdirSync(dirname(join(root, 'npm', blob)), { recursive: true })
  writeFileSync(join(root, 'npm', blob), 'own')
  expect(await copy('npm')).toMatchObject({ copied: 1 })
  expect(readFileSync(join(root, 'npm', blob), 'utf8')).toBe('own')
  expect(filesIn('npm')).toContain('_cacache/index-v5/00/11/2233')
})

test('crates are copied to the part of the cache they were in; incomplete ones are not', async () => {
  addFiles({
    'cache/registry.example-1/a-1.0.0.crate': 'crate',
    'src/registry.example-1/a-1.0.0/.cargo-ok': '',
    'src/registry.example-1/a-1.0.0/src/lib.rs': '',
    'src/registry.example-1/b-1.0.0/src/lib.rs': '',
    'index/registry.example-1/config.json': '{}',
  })
  expect(await copy('cargo', 'registry')).toMatchObject({ copied: 3 })
  expect(filesIn('rust/registry')).toEqual([
    'cache/registry.example-1/a-1.0.0.crate',
    'index/registry.example-1/config.json',
    'src/registry.example-1/a-1.0.0/.cargo-ok',
    'src/registry.example-1/a-1.0.0/src/lib.rs',
  ])
})
