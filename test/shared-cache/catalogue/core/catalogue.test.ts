import { describe, expect, test } from 'vitest'
import {
  CATALOGUE,
  DEFAULT_CACHES,
  RUN_CACHES,
  findCache,
} from '../../../../src/shared-cache/catalogue/core/catalogue'
import { homesOf, placesToInspect } from '../../../../src/shared-cache/apps/core/image-places'
import {
  entryName,
  mountsAt,
  variablesAt,
} from '../../../../src/shared-cache/apps/core/mount-locations'

describe('the catalogue', () => {
  test('five caches are on by default', () =>
    expect(DEFAULT_CACHES).toEqual(['pip', 'uv', 'npm', 'playwright', 'cargo']))
  test('the others are off until they are enabled', () =>
    expect(CATALOGUE.filter((c) => !c.onByDefault).map((c) => c.name)).toEqual([
      'sccache',
      'apt',
      'pnpm',
      'yarn',
      'bun',
      'go',
      'composer',
    ]))
  test('the five host directories have the usual names', () =>
    expect(DEFAULT_CACHES.map((name) => findCache(name)?.directory)).toEqual([
      'pip',
      'uv',
      'npm',
      'ms-playwright',
      'rust',
    ]))

  test('caches that only builds need are not mounted in containers', () =>
    expect(CATALOGUE.filter((c) => !RUN_CACHES.includes(c)).map((c) => c.name)).toEqual([
      'sccache',
      'apt',
      'go',
    ]))

  describe.each(CATALOGUE.map((cache) => [cache.name, cache] as const))('%s', (_, cache) => {
    test('has a directory with a plain name', () => expect(cache.directory).toMatch(/^[a-z-]+$/))
    test('has entry names that Dokku accepts', () => {
      for (const { path, kind } of cache.mounts) {
        if (kind === 'file') continue
        expect(entryName(cache, path, 'a-long-group-123')).toMatch(
          /^(?=.{1,45}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
        )
      }
    })
    test('shares no host directory and no variable with another', () => {
      const others = CATALOGUE.filter((other) => other !== cache)
      expect(others.map((other) => other.directory)).not.toContain(cache.directory)
      expect(others.map((other) => other.location.name)).not.toContain(cache.location.name)
    })
  })

  test.each(CATALOGUE.filter((c) => c.usedIn !== 'dockerfiles').map((c) => [c.name, c] as const))(
    '%s sets its tool to a directory that is mounted',
    (_, cache) => {
      const home = '/var/cache/shared-cache/x'
      const location = variablesAt(cache, home, '')[cache.location.name] ?? ''
      const mounts = mountsAt(cache, '/caches', home, '').map((m) => m.containerPath)
      expect(mounts.some((m) => `${m}/`.startsWith(`${location}/`) || location.startsWith(m))).toBe(
        true,
      )
    },
  )

  test('cargo shares its downloads and locks, never its programs and credentials', () =>
    expect(findCache('cargo')?.mounts.map((m) => m.path)).toEqual([
      'registry',
      'git',
      '.package-cache',
      '.package-cache-mutate',
    ]))
})

describe('which paths of an image are inspected', () => {
  test('the paths of root, of its own variable, and of baked-in browsers', () =>
    expect(placesToInspect({ CARGO_HOME: '/usr/local/cargo/' }, ['/root', '/app'])).toEqual(
      expect.arrayContaining([
        '/root/.cache/pip',
        '/root/.cargo/registry',
        '/usr/local/cargo/registry',
        '/root/.cache/ms-playwright',
        '/app/.cache/ms-playwright',
        '/ms-playwright',
      ]),
    ))
  test('a value that is not a path is ignored', () =>
    expect(placesToInspect({ PLAYWRIGHT_BROWSERS_PATH: '0' }, [])).not.toContain('0'))
  test.each([
    ['www', ['/home/app', '/srv/www']],
    ['33:33', ['/home/app', '/srv/www']],
    ['1000', ['/home/app']],
    ['', ['/root', '/home/app']],
    ['of-none', ['/home/app']],
  ])('homes of the user %j, and of people that its entry point may change to', (user, homes) =>
    expect(
      homesOf(
        ['root:x:0:0::/root:', 'app:x:1000:1000::/home/app/:', 'www:x:33:33::/srv/www:']
          .concat('nobody:x:65534:65534::/nonexistent:')
          .join('\n'),
        user,
      ),
    ).toEqual(homes),
  )
})
