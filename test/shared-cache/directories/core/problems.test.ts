import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KnownError } from '../../../../src/foundation/core/errors'
import {
  cacheDirectoryNamed,
  findCacheDirectory,
  findStore,
  type Place,
  placesOf,
  storeNamed,
  TAG,
  TAG_CONTENT,
} from '../../../../src/shared-cache/directories/core/places'
import {
  type CacheProblem,
  type Found,
  problemsAt,
  readOnlyOnce,
  refuseObstacles,
} from '../../../../src/shared-cache/directories/core/problems'

const SYSTEM = 'debian-12-amd64-glibc'
const OWNER = { uid: 0, gid: 5, rootGid: 7 }

describe('the directory of a name', () => {
  test.each([
    ['pip', 'pip'],
    ['cargo', 'rust'],
    ['rust', 'rust'],
    ['private:pip', 'groups/private/pip'],
    [`pip@${SYSTEM}`, `pip/${SYSTEM}`],
    ['pip@base-0123456789abcdef', 'pip/base-0123456789abcdef'],
    [`private:uv@${SYSTEM}`, `groups/private/uv/${SYSTEM}`],
  ])('%s: %s', (name, directory) => expect(findCacheDirectory(name)?.directory).toBe(directory))

  test.each([
    '',
    'nope',
    '../etc',
    'pip/..',
    `npm@${SYSTEM}`,
    'pip@',
    'pip@..',
    'pip@base-x',
    `pip@${SYSTEM}@x`,
    'A:pip',
    ':pip',
    'a:b:pip',
    'cache-mounts',
  ])('%j has none', (name) => expect(findCacheDirectory(name)).toBeUndefined())

  test('has the mounts of its cache, or the links of its system', () => {
    expect(findCacheDirectory('pip')).toMatchObject({ name: 'pip', group: '', links: null })
    expect(findCacheDirectory('cargo')?.mounts).toHaveLength(4)
    expect(findCacheDirectory(`private:pip@${SYSTEM}`)).toEqual({
      ...{ name: 'pip', group: 'private', directory: `groups/private/pip/${SYSTEM}` },
      ...{ mounts: [], links: ['http-v2', 'http'] },
    })
  })

  test('of cache mounts can be measured and pruned', () => {
    expect(findStore('cache-mounts')).toEqual({
      ...{ name: 'cache-mounts', directory: 'cache-mounts', group: '', mounts: [], links: null },
    })
    expect(storeNamed('pip').directory).toBe('pip')
    expect(cacheDirectoryNamed('pip').directory).toBe('pip')
    for (const named of [storeNamed, cacheDirectoryNamed])
      expect(() => named('nope')).toThrow('nope')
  })
})

describe('the required places', () => {
  const shown = (...names: string[]) =>
    placesOf(names.map(cacheDirectoryNamed), OWNER).map(
      ({ path, kind, mode, uid, gid, open }) =>
        `${path || '.'} ${kind} ${mode.toString(8)} ${uid}:${gid}${open ? ' open' : ''}`,
    )
  const ROOT = '. directory 750 0:7'

  test('without a cache are only the root', () => expect(shown()).toEqual([ROOT]))
  test('of a cache are its directory, open to all, and a tag', () =>
    expect(shown('npm')).toEqual([
      ROOT,
      'npm directory 777 0:5 open',
      'npm/CACHEDIR.TAG file 644 0:5',
      'npm/_npx link 777 0:5',
    ]))
  test('of npm is a place that each container has for itself', () => {
    const links = (sharing: 'all users' | 'one user') =>
      placesOf([cacheDirectoryNamed('npm')], OWNER, sharing).flatMap(({ kind, path, content }) =>
        kind === 'link' ? [`${path} -> ${content}`] : [],
      )
    expect(links('all users')).toEqual(['npm/_npx -> /tmp'])
    expect(links('one user')).toEqual([])
  })
  test('of cargo is what is mounted of it', () =>
    expect(shown('cargo').slice(3)).toEqual([
      'rust/registry directory 777 0:5 open',
      'rust/git directory 777 0:5 open',
      'rust/.package-cache file 666 0:5',
      'rust/.package-cache-mutate file 666 0:5',
    ]))
  test('of a system include its parents, and links to what all share', () =>
    expect(shown(`pip@${SYSTEM}`)).toEqual([
      ROOT,
      'pip directory 777 0:5 open',
      'pip/http-v2 directory 777 0:5 open',
      'pip/http directory 777 0:5 open',
      `pip/${SYSTEM} directory 777 0:5 open`,
      `pip/${SYSTEM}/http-v2 link 777 0:5`,
      `pip/${SYSTEM}/http link 777 0:5`,
    ]))
  test('of a group include the directory of its caches, once', () =>
    expect(shown('private:npm', 'npm', 'private:bun', 'other:npm').slice(0, 5)).toEqual([
      ROOT,
      'groups directory 755 0:5',
      'groups/private directory 755 0:5',
      'groups/other directory 755 0:5',
      'groups/private/npm directory 777 0:5 open',
    ]))
  test('have their content, and their cache', () => {
    const places = placesOf(
      [cacheDirectoryNamed(`pip@${SYSTEM}`), cacheDirectoryNamed('npm')],
      OWNER,
    )
    const at = (path: string) => places.find((place) => place.path === path)
    expect(at('')).toMatchObject({ cache: null, content: '' })
    expect(at(`pip/${SYSTEM}/http`)).toMatchObject({ cache: 'pip', content: '../http' })
    expect(at(`npm/${TAG}`)).toMatchObject({ cache: 'npm', content: TAG_CONTENT })
    expect(at('npm')).toMatchObject({ cache: 'npm', content: '' })
  })
  test('are listed after their parents', () => {
    const names = fc.subarray(['npm', 'cargo', `pip@${SYSTEM}`, 'a1:uv', `b2:uv@${SYSTEM}`, 'uv'])
    fc.assert(
      fc.property(names, (all) => {
        const seen = new Set<string>()
        for (const { path } of placesOf(all.map(cacheDirectoryNamed), OWNER)) {
          const above = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
          if (path !== '') expect(seen).toContain(above)
          seen.add(path)
        }
      }),
    )
  })
})

describe('the problems at a place', () => {
  const directory: Place = {
    ...{ cache: 'pip', path: 'pip', kind: 'directory', mode: 0o777, uid: 0, gid: 5 },
    ...{ open: true, content: '' },
  }
  const file: Place = { ...directory, kind: 'file', mode: 0o644, open: false, content: TAG_CONTENT }
  const lock: Place = { ...file, mode: 0o666, content: '' }
  const link: Place = { ...file, kind: 'link', content: '../http' }
  const top: Place = { ...directory, path: '', mode: 0o750, open: false }
  const LOCK = { kind: 'file', mode: 0o666, isEmpty: true } as const
  const own: Place = { ...link, cache: 'npm', path: 'npm/_npx', content: '/tmp' }
  const found = (over: Partial<Found> = {}): Found => ({
    ...{ kind: 'directory', mode: 0o777, uid: 0, gid: 5, isEmpty: false, acl: 'open' },
    access: 'writable',
    ...over,
  })
  const kinds = (place: Place, there: Found | undefined) =>
    problemsAt(place, there).map(({ kind }) => kind)

  test.each<[string, Place, Found | undefined, string[]]>([
    ['nothing', directory, found(), []],
    ['all of it', directory, undefined, ['missing']],
    ['a link in its place', directory, found({ kind: 'link' }), ['in the way']],
    ['a file in its place', directory, found({ kind: 'file' }), ['in the way']],
    ['a pipe in its place', directory, found({ kind: 'other' }), ['in the way']],
    ['its owner', directory, found({ uid: 1 }), ['owner']],
    ['its group', directory, found({ gid: 1 }), ['owner']],
    ['its mode', directory, found({ mode: 0o755 }), ['mode']],
    ['a sticky bit', directory, found({ mode: 0o1777 }), ['mode']],
    ['its ACL', directory, found({ acl: 'closed' }), ['acl']],
    [
      'an ACL that cannot be read, which is a problem of the host',
      directory,
      found({ acl: 'unknown' }),
      [],
    ],
    ['everything', directory, found({ uid: 1, mode: 0, acl: 'closed' }), ['owner', 'mode', 'acl']],
    ['no ACL where none has to be', { ...directory, open: false }, found({ acl: 'closed' }), []],
    ['a tag without its text', file, found({ kind: 'file', isEmpty: true }), ['missing']],
    ['nothing at a tag of somebody else', file, found({ kind: 'file', uid: 9, mode: 0 }), []],
    ['no tag', file, undefined, ['missing']],
    ['a directory in place of a tag', file, found(), ['in the way']],
    ['the mode of a lock', lock, found({ kind: 'file', mode: 0o644, isEmpty: true }), ['mode']],
    ['nothing at an empty lock', lock, found({ kind: 'file', mode: 0o666, isEmpty: true }), []],
    ['a read-only file system', directory, found({ access: 'read-only' }), ['not writable']],
    [
      'a read-only file system at a lock',
      lock,
      found({ ...LOCK, access: 'read-only' }),
      ['not writable'],
    ],
    [
      'nothing at a tag on a read-only file system',
      file,
      found({ kind: 'file', access: 'read-only' }),
      [],
    ],
    ['an immutable directory', directory, found({ access: 'immutable' }), ['not writable']],
    ['a refusal in spite of the mode', directory, found({ access: 'refused' }), ['not writable']],
    [
      'the mode alone where it is the reason',
      directory,
      found({ access: 'refused', mode: 0o755 }),
      ['mode'],
    ],
    [
      'nothing at the root, which only its owner writes',
      top,
      found({ mode: 0o750, access: 'read-only' }),
      [],
    ],
    ['no link', link, undefined, ['missing']],
    ['nothing where the tool has its own in place of a link', link, found(), []],
    ['a directory that containers must not share', own, found(), ['shared by systems']],
    [
      'a file in place of what they must not share',
      own,
      found({ kind: 'file' }),
      ['shared by systems'],
    ],
    ['nothing at a link that they do not share', own, found({ kind: 'link' }), []],
  ])('%s', (_, place, there, expected) => expect(kinds(place, there)).toEqual(expected))

  test('are reported with the actual and the required value', () => {
    const text = (place: Place, over: Partial<Found>) => problemsAt(place, found(over))[0]?.problem
    expect(text(directory, { uid: 1, gid: 2 })).toMatch(/1:2.*0:5/)
    expect(text(directory, { mode: 0o7 })).toMatch(/0007.*0777/)
    expect(text(directory, { kind: 'link' })).toMatch(/symbolic link/)
    expect(text(directory, { kind: 'file' })).toMatch(/directory/)
    expect(text(file, {})).toMatch(/file/)
    expect(text(directory, { acl: 'closed' })).not.toBe(text(directory, { acl: 'unknown' }))
  })
})

describe('a read-only file system', () => {
  const readOnly = (cache: string): CacheProblem => ({
    ...{ cache, path: cache, kind: 'not writable', problem: 'the file system is read-only' },
  })
  const mode: CacheProblem = { cache: 'pip', path: 'pip', kind: 'mode', problem: 'mode' }

  test('under all caches is one problem of the root', () =>
    expect(readOnlyOnce([readOnly('pip'), mode, readOnly('npm')], 2)).toEqual([
      { ...readOnly(''), cache: null },
      mode,
    ]))

  test.each<[string, CacheProblem[], number]>([
    ['under one of two caches is that one', [readOnly('pip'), mode], 2],
    ['is none where there is none', [mode], 1],
    ['is none where nothing is looked at', [], 0],
  ])('%s', (_, problems, caches) => expect(readOnlyOnce(problems, caches)).toEqual(problems))

  test('is refused before any change, with what to do', () =>
    expect(() => refuseObstacles('/data', [readOnly('pip')])).toThrow(
      expect.objectContaining({
        message: '/data/pip: the file system is read-only',
        hint: expect.stringContaining('mount -o remount,rw') as string,
      }),
    ))
})

describe('what is in the way', () => {
  const problem = (kind: 'in the way' | 'mode', path: string) => ({
    ...{ kind, path, cache: 'pip', problem: 'a symbolic link' },
  })
  test('is rejected, with its path', () => {
    const act = () => refuseObstacles('/data', [problem('mode', 'a'), problem('in the way', 'pip')])
    expect(act).toThrow(KnownError)
    expect(act).toThrow(/\/data\/pip.* a symbolic link/)
    expect(() => refuseObstacles('/data', [problem('in the way', '')])).toThrow('a symbolic link')
  })
  test('cannot be fixed', () =>
    expect(() => refuseObstacles('/data', [problem('mode', 'a')])).not.toThrow())
})

test.each([
  ['a cache and the directory of a system in it', ['pip', `pip@${SYSTEM}`]],
  ['a cache that is named twice', ['npm', 'npm']],
])('each path is required once: %s', (_, names) => {
  const paths = placesOf(names.map(cacheDirectoryNamed), OWNER).map(({ path }) => path)
  expect(paths).toEqual([...new Set(paths)])
})
