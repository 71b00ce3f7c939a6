import { describe, expect, test } from 'vitest'
import {
  homesOf,
  KNOWN_VARIABLES,
  placesToInspect,
} from '../../../../src/shared-cache/apps/core/image-places'

/** Default paths of tools in a container of root, and paths of browsers in images. */
const USUAL = [
  '/root/.cache/pip',
  '/root/.cache/uv',
  '/root/.cache/npm',
  '/root/.cache/ms-playwright',
  '/ms-playwright',
  '/root/.cargo/registry',
  '/root/.cargo/git',
  '/root/.local/share/pnpm/store',
  '/root/.yarn/berry',
  '/root/.bun/install/cache',
  '/root/.cache/composer',
]
const added = (env: Record<string, string>, homes: readonly string[] = []) =>
  placesToInspect(env, homes).filter((place) => !USUAL.includes(place))

describe('the paths of an image that a mount would hide', () => {
  test('are the default paths of the tools, each once', () =>
    expect(placesToInspect({}, [])).toEqual(USUAL))

  test.each<[string, Record<string, string>, string[], string[]]>([
    ['a home', {}, ['/app'], ['/app/.cache/ms-playwright']],
    ['the home of root', {}, ['/root'], []],
    ['two homes', {}, ['/a', '/b'], ['/a/.cache/ms-playwright', '/b/.cache/ms-playwright']],
    ['where the image says', { PIP_CACHE_DIR: '/data/pip' }, [], ['/data/pip']],
    ['slashes at the end', { PIP_CACHE_DIR: '/data/pip//' }, [], ['/data/pip']],
    ['the root', { PIP_CACHE_DIR: '/' }, [], ['/']],
    [
      'parts of a cache alone',
      { CARGO_HOME: '/usr/local/cargo' },
      [],
      ['/usr/local/cargo/registry', '/usr/local/cargo/git'],
    ],
    ['what is no place', { PLAYWRIGHT_BROWSERS_PATH: '0' }, [], []],
    ['a variable of no cache', { HOME: '/home/app' }, [], []],
    ['a cache of builds alone', { GOMODCACHE: '/go/mod' }, [], []],
  ])('and: %s', (_, env, homes, expected) => expect(added(env, homes)).toEqual(expected))
})

test('of an image, only variables of caches are recorded', () => {
  expect([...KNOWN_VARIABLES]).toEqual(
    expect.arrayContaining(['PIP_CACHE_DIR', 'UV_LINK_MODE', 'CARGO_HOME', 'GOCACHE']),
  )
  expect(KNOWN_VARIABLES).not.toContain('HOME')
})

describe('the possible homes of the processes of an image', () => {
  const passwd = [
    'root:x:0:0:root:/root:/bin/bash',
    'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
    'first:x:1000:1000::/home/first/:/bin/sh',
    'low:x:999:999::/home/low:/bin/sh',
    'last:x:60000:60000::/home/last:/bin/sh',
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
    'relative:x:1001:1001::home:/bin/sh',
    'broken:x:1002',
    '',
  ].join('\n')

  test.each<[string, string[]]>([
    ['', ['/root', '/home/first', '/home/last']],
    ['root', ['/root', '/home/first', '/home/last']],
    ['0', ['/root', '/home/first', '/home/last']],
    ['daemon', ['/usr/sbin', '/home/first', '/home/last']],
    ['1:0', ['/usr/sbin', '/home/first', '/home/last']],
    ['low', ['/home/first', '/home/low', '/home/last']],
    ['first:root', ['/home/first', '/home/last']],
    ['65534', ['/home/first', '/home/last', '/nonexistent']],
    ['unknown', ['/home/first', '/home/last']],
    ['/root', ['/home/first', '/home/last']],
  ])('of USER %j: %j', (user, expected) => expect(homesOf(passwd, user)).toEqual(expected))

  test('are empty for an image without users', () => expect(homesOf('', 'app')).toEqual([]))
  test('may be the root directory', () =>
    expect(homesOf('app:x:1000:1000::/:/bin/sh', 'app')).toEqual(['/']))
})
