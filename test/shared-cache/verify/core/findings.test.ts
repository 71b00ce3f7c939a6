import { CATALOGUE } from '../../../../src/shared-cache/catalogue/core/catalogue'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Entry } from '../../../../src/foundation/core/entry'
import { checksOf, VERIFIABLE } from '../../../../src/shared-cache/verify/core/findings'
import { directory, entry, NOW } from '../../../support/entries'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const hex = (length: number) => 'abcdef0123456789'.repeat(8).slice(0, length)
const SYSTEM = 'debian-12-amd64-glibc'
const REGISTRY = 'registry/cache/index.example-1949cf8c6b5b557f'
const SOURCES = 'registry/src/index.example-1949cf8c6b5b557f'
const HEAD = `http-v2/a/b/c/d/e/${hex(56)}`
const LEAF = `wheels/aa/bb/cc/${hex(50)}`
const DOWNLOADS = 'mod/cache/download/github.com/!burnt!sushi/toml/@v'

/** The `check` of an entry, or undefined. */
const checkOf = (cache: string, of: Entry) => checksOf(cache, NOW)(of)?.check

describe('a file is checked by its path', () => {
  test.each([
    ['npm', `_cacache/content-v2/sha512/ab/cd/${hex(124)}`, 'content'],
    ['npm', `musl/_cacache/index-v5/ab/cd/${hex(60)}`, 'index'],
    ['pnpm', `v10/files/ab/${hex(126)}`, 'stored'],
    ['pnpm', `v10/files/ab/${hex(126)}-exec`, 'stored'],
    ['pnpm', `v3/files/ab/${hex(126)}-index.json`, 'opaque'],
    ['pnpm', `v10/index/ab/${hex(62)}-left-pad@1.3.0.json`, 'opaque'],
    ['yarn', 'cache/left-pad-npm-1.3.0-0382e69409-10c0.zip', 'packed'],
    ['yarn', 'metadata/npm/a3cd44/registry.yarnpkg.com/left-pad.json', 'opaque'],
    ['bun', 'ef1eda6a08a92d3f.npm', 'opaque'],
    ['composer', 'files/acme/lib/abc.zip', 'packed'],
    ['composer', 'repo/http---localhost/packages.json', 'opaque'],
    ['npm', `_cacache/content-v2/sha1/ab/cd/${hex(36)}`, 'content'],
    ['npm', `_cacache/index-v5/ab/cd/${hex(60)}`, 'index'],
    ['cargo', `${REGISTRY}/itoa-1.0.9.crate`, 'crate'],
    ['pip', HEAD, 'head'],
    ['pip', HEAD.replace('-v2', ''), 'head'],
    ['pip', `${SYSTEM}/${HEAD}`, 'head'],
    ['pip', `${HEAD}.body`, 'body'],
    ['pip', `${LEAF}/six-1.16.0-py3-none-any.whl`, 'wheel'],
    ['pip', `${SYSTEM}/${LEAF}/six-1.16.0-py3-none-any.whl`, 'wheel'],
    ['pip', `${LEAF}/origin.json`, 'origin'],
    ['uv', 'wheels-v8/pypi/six/six-1.16.0-py3-none-any.whl', 'wheel'],
    ['uv', 'sdists-v11/pypi/six/1.16.0/x/six-1.16.0-py3-none-any.whl', 'wheel'],
    ['uv', 'wheels-v8/pypi/six/1.16.0.http', 'answer'],
    ['uv', `${SYSTEM}/wheels-v8/pypi/six/1.16.0.msgpack`, 'answer'],
    ['uv', 'sdists-v11/pypi/six/1.16.0/revision.rev', 'answer'],
    ['uv', 'simple-v28/pypi/six.rkyv', 'answer'],
    ['go', `build/ab/${hex(64)}-d`, 'output'],
    ['go', `${SYSTEM}/build/ab/${hex(64)}-d`, 'output'],
    ['go', `build/ab/${hex(64)}-a`, 'action'],
    ['go', `${DOWNLOADS}/v1.3.2.zip`, 'module'],
    ['go', `${DOWNLOADS}/v1.3.2.info`, 'about'],
    ['go', `${DOWNLOADS}/v1.3.2.mod`, 'about'],
    ['go', `${DOWNLOADS}/v1.3.2.ziphash`, 'about'],
    ['apt', hex(64), 'download'],
    ['apt', `${SYSTEM}/${hex(64)}`, 'download'],
    ['sccache', `2/a/b/${hex(64)}`, 'compiled'],
    ['sccache', `10/a/b/${hex(64)}`, 'compiled'],
  ])('%s: %s: %s', (cache, path, check) => {
    const file = entry(path)
    expect(checksOf(cache, NOW)(file)).toEqual({
      ...{ check, path, identity: file.identity, young: false },
    })
  })
})

describe('a directory is checked by its path', () => {
  test.each([
    ['cargo', `${SOURCES}/itoa-1.0.9`, 'unpacked'],
    ['cargo', 'git/checkouts/dep-1a2b/0123abc', 'unpacked'],
    ['cargo', 'git/db/dep-1a2b', 'opaque'],
    ['uv', 'archive-v0/abc', 'archive'],
    ['uv', `${SYSTEM}/archive-v10/abc`, 'archive'],
    ['playwright', 'chromium-1187', 'revision'],
    ['playwright', `${SYSTEM}/chromium_headless_shell-1187`, 'revision'],
    ['go', `build/ab/${hex(64)}-d`, 'program'],
    ['go', `mod/cache/vcs/${hex(64)}`, 'opaque'],
    ['go', 'mod/github.com/!burnt!sushi/toml@v1.3.2', 'source'],
  ])('%s: %s: %s', (cache, path, check) => expect(checkOf(cache, directory(path))).toBe(check))
})

describe('other files at a path are not checked', () => {
  test.each([
    ['composer', 'repo/http---localhost'],
    ['composer', 'files/acme'],
    ['npm', `_cacache/tmp/${hex(8)}`],
    ['npm', `x/_cacache/index-v5/ab/cd/${hex(60)}`],
    ['npm', `_cacache/index-v5/ab/cd/${hex(60)}/x`],
    ['npm', `_cacache/content-v2/sha512/ab/c/${hex(124)}`],
    ['cargo', `${REGISTRY}/itoa-1.0.9.crate.part`],
    ['cargo', `${REGISTRY}/a/itoa-1.0.9.crate`],
    ['cargo', 'git/db/dep-1a2b/HEAD'],
    ['cargo', `${SOURCES}/itoa-1.0.9/src`],
    ['cargo', 'git/checkouts/dep-1a2b/0123abc/src'],
    ['pip', `${HEAD}.tmp`],
    ['pip', `http-v2/a/b/c/d/${hex(56)}`],
    ['pip', `${LEAF}/a/six.whl`],
    ['pip', 'selfcheck/a'],
    ['uv', 'archive-v0/abc/six.py'],
    ['uv', 'interpreter-v5/a/b.msgpack'],
    ['playwright', 'chromium-1187/INSTALLATION_COMPLETE'],
    ['playwright', '.links'],
    ['go', `${DOWNLOADS}/v1.3.2.lock`],
    ['go', `${DOWNLOADS}/list`],
    ['go', `build/ab/${hex(64)}`],
    ['go', 'mod/cache/lock'],
    ['go', `mod/cache/vcs/${hex(64)}.lock`],
    ['go', 'mod/github.com/!burnt!sushi/toml@v1.3.2/toml.go'],
    ['apt', hex(63)],
    ['apt', `${hex(64)}.deb`],
    ['apt', `${SYSTEM}/a/${hex(64)}`],
    ['apt', '.part-aB3dE5gH7j'],
    ['sccache', `2/a/b/${hex(63)}`],
    ['sccache', 'preprocessor/a'],
  ])('%s: %s', (cache, path) => {
    for (const type of ['file', 'directory', 'link', 'other'] as const)
      expect(checkOf(cache, entry(path, { type }))).toBe(undefined)
  })

  test('the unpacked source of a package may have a file of any name', () => {
    expect(checkOf('uv', entry('sdists-v11/pypi/a/1/x/src/test/a.whl'))).toBe(undefined)
    expect(checkOf('uv', entry('sdists-v11/pypi/a/1/x/src/test/a.http'))).toBe(undefined)
  })

  test.each(['crate with space', 'crate\n', 'krate-é'])(
    'a name that no tool makes is not checked either: %j',
    (name) => {
      expect(checkOf('cargo', entry(`${REGISTRY}/${name}.crate`))).toBe(undefined)
      expect(checkOf('cargo', entry(`${REGISTRY}/plain.crate`))).toBe('crate')
    },
  )
})

describe('an entry of another type at a checked path is odd', () => {
  test.each<[string, string, Entry['type']]>([
    ['npm', `_cacache/content-v2/sha512/ab/cd/${hex(124)}`, 'other'],
    ['cargo', `${REGISTRY}/itoa-1.0.9.crate`, 'directory'],
    ['cargo', `${SOURCES}/itoa-1.0.9`, 'file'],
    ['playwright', 'chromium-1187', 'link'],
    ['uv', 'archive-v0/abc', 'link'],
    ['go', `build/ab/${hex(64)}-d`, 'link'],
    ['apt', hex(64), 'link'],
    ['apt', hex(64), 'directory'],
  ])('%s: %s as a %s', (cache, path, type) =>
    expect(checkOf(cache, entry(path, { type }))).toBe('odd'),
  )

  test('but a link of uv is checked as one, and anything else there is not checked', () => {
    const path = 'wheels-v8/pypi/six/1.16.0-py3-none-any'
    expect(checkOf('uv', entry(path, { type: 'link' }))).toBe('link')
    expect(checkOf('uv', entry(path))).toBe(undefined)
    expect(checkOf('uv', directory(path))).toBe(undefined)
    expect(checkOf('uv', entry('wheels-v8/pypi/six/1.16.0.lock'))).toBe(undefined)
  })
})

describe('a tool may still be writing a young entry', () => {
  const wheel = `${LEAF}/six-1.16.0-py3-none-any.whl`
  test.each<[string, string, Entry['type'], number]>([
    ['pip', HEAD, 'file', MINUTE],
    ['pip', `${HEAD}.body`, 'file', MINUTE],
    ['pip', wheel, 'file', 0],
    ['npm', `_cacache/index-v5/ab/cd/${hex(60)}`, 'file', 0],
    ['cargo', `${REGISTRY}/itoa-1.0.9.crate`, 'file', 0],
    ['cargo', `${SOURCES}/itoa-1.0.9`, 'directory', 10 * MINUTE],
    ['cargo', 'git/checkouts/dep-1a2b/0123abc', 'directory', 10 * MINUTE],
    ['cargo', 'git/db/dep-1a2b', 'directory', 0],
    ['uv', 'archive-v0/abc', 'directory', 0],
    ['playwright', 'chromium-1187', 'directory', 6 * HOUR],
    ['go', `build/ab/${hex(64)}-d`, 'file', MINUTE],
    ['go', `build/ab/${hex(64)}-d`, 'directory', 10 * MINUTE],
    ['go', `build/ab/${hex(64)}-a`, 'file', MINUTE],
    ['go', `${DOWNLOADS}/v1.3.2.zip`, 'file', MINUTE],
    ['go', `${DOWNLOADS}/v1.3.2.mod`, 'file', MINUTE],
    ['go', `mod/cache/vcs/${hex(64)}`, 'directory', 0],
    ['go', 'mod/gotest.tools@v2.2.0', 'directory', 10 * MINUTE],
    ['sccache', `2/a/b/${hex(64)}`, 'file', MINUTE],
    ['apt', hex(64), 'file', 0],
  ])('%s: %s as a %s for %i ms', (cache, path, type, settles) => {
    const youngAt = (age: number) =>
      checksOf(cache, NOW)(entry(path, { type, modified: NOW - age }))?.young
    if (settles > 0) expect(youngAt(settles - 1)).toBe(true)
    expect(youngAt(settles)).toBe(false)
  })
})

test('the caches that can be verified', () => {
  expect([...VERIFIABLE].sort()).toEqual(CATALOGUE.map(({ name }) => name).sort())
})

test.each(['maven', 'toString'])('the cache %s cannot be verified', (cache) => {
  expect(() => checksOf(cache, NOW)).toThrow(
    expect.objectContaining({
      name: 'KnownError',
      hint: expect.stringContaining('npm, cargo') as string,
    }),
  )
})

test('any path in any cache has a plain check, or none', () => {
  const path = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc
      .array(fc.constantFrom('/', 'archive-v0', 'mod', 'a@v1', 'git', 'db', ' ', '\n', 'x-1'))
      .map((parts) => parts.join('')),
  )
  const type = fc.constantFrom<Entry['type'][]>('file', 'directory', 'link', 'other')
  fc.assert(
    fc.property(fc.constantFrom(...VERIFIABLE), path, type, (cache, at, kind) => {
      const given = entry(at, { type: kind })
      const task = checksOf(cache, NOW)(given)
      if (!task) return
      expect(task).toMatchObject({ path: at, identity: given.identity })
      expect(at).toMatch(/^[\x21-\x7e]+$/)
    }),
  )
})
