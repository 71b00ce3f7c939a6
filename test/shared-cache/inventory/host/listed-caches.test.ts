import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { detectPlatform } from '../../../../src/foundation/platform'
import { makeRunner } from '../../../../src/foundation/process/runner'
import { DEFAULT_CACHES } from '../../../../src/shared-cache/catalogue/core/catalogue'
import { listedCaches } from '../../../../src/shared-cache/inventory/host/listed-caches'
import { PLUGIN } from '../../../../src/shared-cache/plugin'
import { localHost } from '../../../support/host'

let base: string
beforeEach(() => (base = mkdtempSync(join(tmpdir(), 'listed-'))))
afterEach(() => rmSync(base, { recursive: true }))

function put(path: string, text: string): void {
  mkdirSync(dirname(join(base, path)), { recursive: true })
  writeFileSync(join(base, path), text)
}

/** Listed names other than the defaults. */
const beyond = (names: readonly string[]) => names.filter((name) => !DEFAULT_CACHES.includes(name))

describe('without Dokku the default caches are listed, and', () => {
  test.each<[string, () => void, string[]]>([
    ['no other where nothing is there', () => undefined, []],
    ['one that holds a file', () => put('go/mod/cache/x', 'x'), ['go']],
    ['one of a group', () => put('groups/team/npm/x', 'x'), ['team:npm']],
    [
      'no other that holds empty directories',
      () => mkdirSync(join(base, 'go/mod'), { recursive: true }),
      [],
    ],
    ['no other that holds the tag of a cache', () => put('go/CACHEDIR.TAG', 'Signature'), []],
    ['no other that holds an empty lock', () => put('go/lock', ''), []],
    [
      'no other that holds a link',
      () => {
        mkdirSync(join(base, 'go'))
        symlinkSync('/etc', join(base, 'go/link'))
      },
      [],
    ],
  ])('%s', (_, make, more) => {
    make()
    const listed = listedCaches(localHost(base))
    for (const name of DEFAULT_CACHES) expect(listed).toContain(name)
    expect(beyond(listed)).toEqual(more)
  })
})

describe('on a server with Dokku', () => {
  const set = (app: string, key: string, value: string) =>
    put(`config/shared-cache/${app}/${key}`, value)
  const listed = () => {
    const env = { DOKKU_LIB_ROOT: base, PLUGIN_AVAILABLE_PATH: '/P' }
    return listedCaches({ platform: detectPlatform(PLUGIN, env), runner: makeRunner(false) })
  }

  test('the defaults are listed if nothing is set', () => {
    expect(listed()).toHaveLength(DEFAULT_CACHES.length)
  })

  test('caches of all apps, of one app and of a group are listed', () => {
    set('--global', 'caches', 'npm')
    set('web', 'caches', 'go')
    set('api', 'caches', 'pip')
    set('api', 'group', 'team')
    expect(listed()).toEqual(['npm', 'go', 'team:pip'])
  })

  test('caches of an app that is disabled are not', () => {
    set('--global', 'caches', 'npm')
    set('web', 'caches', 'go')
    set('web', 'enabled', 'false')
    expect(listed()).toEqual(['npm'])
  })

  test('a disabled cache is listed as long as it is not empty', () => {
    set('--global', 'caches', 'npm')
    put('data/storage/x', '')
    put('data/shared/ms-playwright/chromium-1/chrome', 'x')
    put('data/shared/rust/.package-cache', '')
    expect(listed()).toEqual(['npm', 'playwright'])
  })
})
