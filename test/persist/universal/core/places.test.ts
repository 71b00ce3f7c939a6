import { describe, expect, test } from 'vitest'
import { PLACES, choosePlaces } from '../../../../src/persist/universal/core/places'
import { parsePath } from '../../../../src/persist/volumes/core/names'

const words = (more?: string, fewer?: string) => choosePlaces(more, fewer).map(({ word }) => word)

describe('the places in which people keep things', () => {
  test.each<[string | undefined, string | undefined, string[]]>([
    [undefined, undefined, ['workspace', 'home', 'root', 'opt', 'srv']],
    ['etc', undefined, ['workspace', 'home', 'root', 'opt', 'srv', 'etc']],
    ['usr-local,var', 'home,root', ['workspace', 'opt', 'srv', 'var', 'usr-local']],
    [undefined, 'workspace,home,root,opt', ['srv']],
  ])('with %s, without %s: %j', (more, fewer, expected) =>
    expect(words(more, fewer)).toEqual(expected),
  )

  test.each<[string | undefined, string | undefined, string]>([
    ['usr', undefined, 'Unknown place for --with: "usr"'],
    ['/etc', undefined, 'Unknown place for --with'],
    [undefined, 'tmp', 'Unknown place for --without'],
    ['etc', 'etc', 'etc is in --with and in --without'],
    [undefined, 'workspace,home,root,opt,srv', 'No place is left'],
  ])('with %s, without %s is refused', (more, fewer, why) =>
    expect(() => choosePlaces(more, fewer)).toThrow(why),
  )

  test('can all be volumes, and none has the programs or devices of the system', () => {
    const never = ['/usr', '/bin', '/lib', '/sbin', '/proc', '/sys', '/dev', '/run', '/tmp']
    for (const { path } of PLACES) {
      expect(parsePath(path, false)).toBe(path)
      expect(never).not.toContain(path)
    }
  })

  test('each has one line about what it means', () => {
    for (const { consequence } of PLACES) expect(consequence).toMatch(/^[a-z].{15,}[^.]$/)
  })
})
