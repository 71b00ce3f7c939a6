import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  canCopyIn,
  inOrder,
  leadsInside,
  partOf,
} from '../../../../src/shared-cache/catalogue/core/image-units'

describe('what a path in an image is for a cache', () => {
  test.each<[string, string, 'file' | 'directory', string]>([
    ['playwright', 'chromium-1187', 'directory', 'chromium-1187'],
    ['playwright', 'chromium-1187/chrome-linux/chrome', 'file', 'chromium-1187'],
    [
      'playwright',
      'webkit_ubuntu20.04_x64_special-2092/x',
      'file',
      'webkit_ubuntu20.04_x64_special-2092',
    ],
    ['playwright', 'chromium-1187', 'file', 'foreign'],
    ['playwright', '.links', 'directory', 'nothing'],
    ['playwright', '.links/0123', 'file', 'nothing'],
    ['playwright', '__dirlock', 'directory', 'nothing'],
    ['playwright', 'own-browser/chrome', 'file', 'foreign'],
    ['playwright', '../chromium-1187', 'directory', 'nothing'],
    ['pip', 'http-v2/0/1/2/3/4/0123.body', 'file', 'http-v2/0/1/2/3/4/0123.body'],
    ['pip', 'http/0/1/2/3/4/0123', 'file', 'http/0/1/2/3/4/0123'],
    ['pip', 'wheels/01/23/45/6789/a.whl', 'file', 'wheels/01/23/45/6789'],
    ['pip', 'selfcheck/0123', 'file', 'nothing'],
    ['pip', 'http-v2', 'directory', 'nothing'],
    ['pip', 'notes.txt', 'file', 'foreign'],
    ['npm', '_cacache/content-v2/sha512/00/11/22', 'file', '_cacache/content-v2/sha512/00/11/22'],
    ['npm', '_cacache/index-v5/00/11/22', 'file', '_cacache/index-v5/00/11/22'],
    ['npm', '_logs/x.log', 'file', 'nothing'],
    ['npm', '_npx/0123/package.json', 'file', 'foreign'],
    [
      'cargo',
      'registry/cache/registry.example-1/a-1.0.0.crate',
      'file',
      'registry/cache/registry.example-1/a-1.0.0.crate',
    ],
    [
      'cargo',
      'registry/src/registry.example-1/a-1.0.0/src/lib.rs',
      'file',
      'registry/src/registry.example-1/a-1.0.0',
    ],
    [
      'cargo',
      'registry/index/registry.example-1/config.json',
      'file',
      'registry/index/registry.example-1',
    ],
    ['cargo', 'git/checkouts/a-1/0123/Cargo.toml', 'file', 'git/checkouts/a-1/0123'],
    ['cargo', 'bin/tool', 'file', 'foreign'],
    ['uv', 'archive-v0/x', 'file', 'foreign'],
  ])('%s: %s, a %s', (cache, path, kind, expected) => {
    const part = partOf(cache, path, kind === 'directory')
    expect(part.is === 'unit' ? part.unit : part.is).toBe(expected)
  })

  test('a unit is the start of the paths in it, for any path', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('pip', 'npm', 'playwright', 'cargo', 'uv'),
        fc.array(fc.constantFrom('http', 'registry', 'src', 'a-1', '..', '', 'wheels', '01'), {
          maxLength: 7,
        }),
        fc.boolean(),
        (cache, names, isDirectory) => {
          const path = names.join('/')
          const part = partOf(cache, path, isDirectory)
          if (part.is !== 'unit') return
          expect(path === part.unit || path.startsWith(`${part.unit}/`)).toBe(true)
          expect(part.unit).not.toBe('')
        },
      ),
    ))

  test('the path itself is nothing, and a tool without rules is ignored', () => {
    expect(partOf('playwright', '', true)).toEqual({ is: 'nothing' })
    expect(canCopyIn('uv')).toBe(false)
  })
})

test.each<[string, string, boolean]>([
  ['a/b', 'c', true],
  ['a/b', '../c', true],
  ['a/b', '../../c', false],
  ['a', '..', false],
  ['a/b', './x/../../c', true],
  ['a', '/usr/lib/x', false],
  ['a', '', false],
])('a link at %s to %s stays inside: %s', (path, target, inside) =>
  expect(leadsInside(path, target)).toBe(inside),
)

test('bodies come before headers', () => {
  const units = ['http-v2/a', 'http-v2/a.body', '_cacache/index-v5/1', '_cacache/content-v2/2']
  expect(inOrder(units.map((path) => ({ path }))).map(({ path }) => path)).toEqual([
    'http-v2/a.body',
    '_cacache/content-v2/2',
    'http-v2/a',
    '_cacache/index-v5/1',
  ])
})
