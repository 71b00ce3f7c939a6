import { describe, expect, test } from 'vitest'
import { type CacheProblem, LINK } from '../../../../src/shared-cache/directories/core/problems'
import { unusable } from '../../../../src/shared-cache/directories/core/usable'

const SYSTEM = 'debian-12-amd64-glibc'
const found = (over: Partial<CacheProblem>): CacheProblem => ({
  ...{ cache: 'npm', path: 'npm', kind: 'mode', problem: 'PROBLEM' },
  ...over,
})
const look = (...problems: CacheProblem[]) =>
  unusable('/data', problems, ['npm', 'cargo'], ['npm', 'cargo'])

describe('why a build does not get a cache', () => {
  test.each<[string, Partial<CacheProblem>, string, string]>([
    ['its mode', {}, '/data/npm: PROBLEM', 'Run: dokku shared-cache:setup'],
    ['its owner', { kind: 'owner' }, '/data/npm: PROBLEM', 'Run: dokku shared-cache:setup'],
    ['its ACL', { kind: 'acl' }, '/data/npm: PROBLEM', 'Run: dokku shared-cache:setup'],
    [
      'nothing in its place',
      { kind: 'missing', problem: 'missing' },
      '/data/npm is missing',
      'Run: dokku shared-cache:setup',
    ],
    [
      'a link in its place',
      { kind: 'in the way', problem: 'a symbolic link' },
      '/data/npm is a symbolic link',
      'Run: mv /data/npm /data/npm.old && dokku shared-cache:setup',
    ],
    [
      'nobody may write it',
      { kind: 'not writable' },
      '/data/npm: PROBLEM',
      'Run: dokku shared-cache:doctor',
    ],
    [
      'nobody may read it',
      { kind: 'unreadable' },
      '/data/npm: PROBLEM',
      'Run: dokku shared-cache:doctor',
    ],
    [
      'the directory of a system in it',
      { path: `npm/${SYSTEM}` },
      `/data/npm/${SYSTEM}: PROBLEM`,
      'Run: dokku shared-cache:setup',
    ],
  ])('%s', (_, over, why, remedy) =>
    expect(look(found(over))).toEqual([{ caches: ['npm'], why, remedy }]),
  )

  test.each<[string, Partial<CacheProblem>, string, string]>([
    [
      'a read-only file system',
      { kind: 'not writable', problem: 'the file system is read-only' },
      '/data: the file system is read-only',
      'Run: dokku shared-cache:doctor',
    ],
    [
      'a link in place of the root',
      { kind: 'in the way', problem: '/data is a symbolic link' },
      '/data is a symbolic link',
      'Run: mv /data /data.old && dokku shared-cache:setup',
    ],
  ])('%s is a reason for all', (_, over, why, remedy) =>
    expect(look(found({ cache: null, path: '', ...over }))).toEqual([
      { caches: ['npm', 'cargo'], why, remedy },
    ]),
  )

  test.each<[string, Partial<CacheProblem>]>([
    ['the mode of the root', { cache: null, path: '' }],
    ['the owner of the directory of groups', { cache: null, path: 'groups', kind: 'owner' }],
    ['the tag for backup programs', { path: 'npm/CACHEDIR.TAG', kind: 'missing' }],
    ['a link in place of that tag', { path: 'npm/CACHEDIR.TAG', kind: 'in the way' }],
    ['a system that is still to be made', { path: `npm/${SYSTEM}`, kind: 'missing' }],
    [
      'a link that the directory of a base left',
      { path: 'npm/base-0123456789abcdef', kind: 'in the way', problem: LINK },
    ],
    ['another cache', { cache: 'pip', path: 'pip' }],
    ['a host without ACLs', { cache: null, path: '', kind: 'acl' }],
  ])('%s is no reason', (_, over) => expect(look(found(over))).toEqual([]))

  test('a link in place of the directory of a system is a reason', () => {
    const link = { path: `npm/${SYSTEM}`, kind: 'in the way', problem: LINK } as const
    expect(look(found(link)).map(({ caches }) => caches)).toEqual([['npm']])
  })

  test('is the first of several, each reason once', () => {
    const registry = found({
      cache: 'cargo',
      path: 'rust/registry',
      kind: 'missing',
      problem: 'missing',
    })
    expect(look(found({}), found({ kind: 'acl' }), registry)).toEqual([
      { caches: ['npm'], why: '/data/npm: PROBLEM', remedy: 'Run: dokku shared-cache:setup' },
      {
        caches: ['cargo'],
        why: '/data/rust/registry is missing',
        remedy: 'Run: dokku shared-cache:setup',
      },
    ])
  })
})
