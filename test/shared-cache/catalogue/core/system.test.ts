import { describe, expect, test } from 'vitest'
import { findCacheDirectory, placesOf } from '../../../../src/shared-cache/directories/core/places'
import { isSystem, systemName } from '../../../../src/shared-cache/catalogue/core/system'

describe('the system of an image', () => {
  test.each([
    ['ID=debian\nVERSION_ID="12"\n', 'amd64', false, 'debian-12-amd64-glibc'],
    ['NAME="x"\nID=ubuntu\nVERSION_ID="24.04"\n', 'arm64', false, 'ubuntu-24.04-arm64-glibc'],
    ["ID='alpine'\nVERSION_ID=3.20.3\n", 'amd64', true, 'alpine-3.20-amd64-musl'],
    ['ID=debian\nVERSION_CODENAME=forky\n', 'amd64', false, 'debian-forky-amd64-glibc'],
    ['ID="arch"\n', 'amd64', false, 'arch-rolling-amd64-glibc'],
    ['ID=wolfi\nVERSION_ID=20230201\n', 'amd64', false, 'wolfi-20230201-amd64-glibc'],
  ])('%j on %s is %s', (text, arch, musl, name) => expect(systemName(text, arch, musl)).toBe(name))
  test.each([
    '',
    'VERSION_ID=12\n',
    'ID=../../etc\nVERSION_ID=1\n',
    'ID=a b\n',
    'ID=x/y\nVERSION_ID=1\n',
  ])('%j has no system', (text) => expect(systemName(text, 'amd64', false)).toBe(''))
  test.each([
    '..',
    'debian-12-amd64',
    'a/b-1-amd64-glibc',
    '-1-amd64-glibc',
    `${'a'.repeat(80)}-1-amd64-glibc`,
  ])('%j is not the name of a system', (text) => expect(isSystem(text)).toBe(false))
})

describe('a directory that the root helper makes', () => {
  test.each([
    ['pip', 'pip'],
    ['rust', 'rust'],
    ['uv@debian-12-amd64-glibc', 'uv/debian-12-amd64-glibc'],
    ['private:npm', 'groups/private/npm'],
    ['private:pip@debian-12-amd64-glibc', 'groups/private/pip/debian-12-amd64-glibc'],
  ])('%s is %s', (name, directory) => expect(findCacheDirectory(name)?.directory).toBe(directory))
  test.each([
    '',
    'pipp',
    'pip@',
    'pip@..',
    'npm@debian-12-amd64-glibc',
    'pip@a@b',
    '../pip',
    '..:pip',
    ':pip',
    'a:b:pip',
    'private:pip@..',
    'pip/x',
  ])('%j is rejected', (name) => expect(findCacheDirectory(name)).toBeUndefined())

  test('needs the directories that its links point to', () => {
    const room = findCacheDirectory('pip@debian-12-amd64-glibc')
    const places = placesOf(room ? [room] : [], { uid: 0, gid: 0, rootGid: 0 })
    expect(places.map((place) => place.path)).toEqual([
      '',
      'pip',
      'pip/http-v2',
      'pip/http',
      'pip/debian-12-amd64-glibc',
      'pip/debian-12-amd64-glibc/http-v2',
      'pip/debian-12-amd64-glibc/http',
    ])
  })
})
