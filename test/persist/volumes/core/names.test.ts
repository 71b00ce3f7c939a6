import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  entryFor,
  isBelow,
  isEntry,
  nameForPath,
  parseName,
  parsePath,
} from '../../../../src/persist/volumes/core/names'

describe('the path of a volume', () => {
  test.each<[string, string]>([
    ['/app/uploads', '/app/uploads'],
    ['/app/uploads/', '/app/uploads'],
    ['//app///uploads//', '/app/uploads'],
    ['/etc', '/etc'],
    ['/var', '/var'],
    ['/usr/local', '/usr/local'],
    ['/usr/share/nginx/html', '/usr/share/nginx/html'],
    ['/library', '/library'],
    ['/process', '/process'],
    ['/tmpfiles', '/tmpfiles'],
    ['/daten/Übung 1', '/daten/Übung 1'],
  ])('%s is %s', (text, path) => expect(parsePath(text, false)).toBe(path))

  test.each<[string, string]>([
    ['uploads', 'not absolute'],
    ['./uploads', 'not absolute'],
    ['', 'not absolute'],
    ['/', 'whole container'],
    ['//', 'whole container'],
    ['/app/../etc', 'contains . or ..'],
    ['/app/./etc', 'contains . or ..'],
    ['/..', 'contains . or ..'],
    ['/proc', 'its own /proc'],
    ['/proc/self', 'its own /proc'],
    ['/sys/fs', 'its own /sys'],
    ['/dev/shm', 'its own /dev'],
    ['/run', 'its own /run'],
    ['/run/lock', 'its own /run'],
    ['/usr', 'programs of the image'],
    ['/bin', 'programs of the image'],
    ['/lib64/', 'programs of the image'],
    ['/sbin', 'programs of the image'],
    ['/tmp', 'a restart may delete'],
    ['/tmp/x', 'a restart may delete'],
    ['/var/tmp', 'a restart may delete'],
    ['/var/run', 'a restart may delete'],
    ['/a:b', 'does not accept'],
    ['/a,b', 'does not accept'],
    ['/a"b', 'does not accept'],
    ['/a\nb', 'does not accept'],
    ['/a\0', 'does not accept'],
    ['/a\\b', 'does not accept'],
  ])('%j is refused: %s', (text, why) => {
    expect(() => parsePath(text, false)).toThrow(why)
  })

  test('--force allows directories for temporary files, and no other', () => {
    expect(parsePath('/tmp/x', true)).toBe('/tmp/x')
    expect(() => parsePath('/proc', true)).toThrow()
    expect(() => parsePath('/usr', true)).toThrow()
    expect(() => parsePath('/', true)).toThrow()
  })

  test('what is accepted stays the same, is absolute and has no . or ..', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('/', '.', 'a', ' ', 'b', ':', ',', '\n') }),
        fc.boolean(),
        (text, force) => {
          let path
          try {
            path = parsePath(text, force)
          } catch {
            return
          }
          expect(parsePath(path, force)).toBe(path)
          expect(path).toMatch(/^(?:\/[^/:,\n]+)+$/)
          expect(path.split('/')).not.toContain('..')
        },
      ),
    )
  })
})

test.each<[string, string, boolean]>([
  ['/app/x', '/app', true],
  ['/app', '/app', false],
  ['/apple', '/app', false],
  ['/', '/app', false],
])('%s is below %s: %s', (path, above, expected) => expect(isBelow(path, above)).toBe(expected))

describe('the name of a volume', () => {
  test.each(['uploads', 'a', '0', 'a-b-c', 'x'.repeat(30)])('can be %s', (name) =>
    expect(parseName(name)).toBe(name),
  )
  test.each(['', '-a', 'a-', 'A', 'a_b', 'a.b', 'a/b', '../x', '--x', 'x'.repeat(31), 'a\n'])(
    'cannot be %j',
    (name) => expect(() => parseName(name)).toThrow('Invalid name of a volume'),
  )
  test.each<[string, string]>([
    ['/app/uploads', 'app-uploads'],
    ['/srv/My Files', 'srv-my-files'],
    ['/ü', 'data'],
    ['/very/long/path/to/the/data/of/this/app', 'path-to-the-data-of-this-app'],
  ])('for the path %s is %s', (path, name) => {
    expect(nameForPath(path)).toBe(name)
  })

  test('made of any path can be a name', () => {
    fc.assert(
      fc.property(fc.string(), (path) => {
        const name = nameForPath(path)
        expect(parseName(name)).toBe(name)
      }),
    )
  })
})

describe('the storage entry of a volume', () => {
  const none = () => false
  test.each<[string, string, string]>([
    ['shop', 'uploads', 'shop-uploads'],
    ['my.shop', 'data', 'my-shop-data'],
    ['legacy-shop', 'data', 'app-legacy-shop-data'],
    ['a'.repeat(60), 'data', `${'a'.repeat(40)}-data`],
  ])('of %s and %s is %s', (app, name, entry) => {
    expect(entryFor(app, name, none)).toBe(entry)
  })

  test('has a number where it is taken', () => {
    const taken = new Set(['shop-data', 'shop-data-2'])
    expect(entryFor('shop', 'data', (entry) => taken.has(entry))).toBe('shop-data-3')
  })

  test('is one that Dokku accepts, whatever the app is called', () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[a-z0-9]{1,30}$/), (app, name) => {
        const entry = entryFor(app, name, none)
        expect(entry).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
        expect(entry.length).toBeLessThanOrEqual(45)
        expect(isEntry(entry)).toBe(true)
      }),
    )
  })

  test.each([
    '',
    '.',
    '..',
    'a/b',
    '/etc',
    'legacy-x',
    'A',
    '-x',
    'x'.repeat(46),
    'a\n',
    '.trash-1',
  ])('cannot be %j', (text) => expect(isEntry(text)).toBe(false))
})
