import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Manifest,
  formatManifest,
  parseManifest,
  parseManifestHead,
} from '../../../../src/persist/image-updates/core/manifest'
import { formatQuestion, parseQuestion } from '../../../../src/persist/image-updates/core/step'
import { directory, file, link, tree } from '../../../support/image-tree'

const MANIFEST: Manifest = {
  content: 'abc',
  path: '/data',
  recorded: 1_700_000_000_000,
  tree: tree({ a: file('a', { uid: 33, mode: 0o4755 }), 'd/l': link('/x'), e: directory() }),
  offered: new Map([['a.image-new', file('b').hash]]),
}
const TEXT = formatManifest(MANIFEST)

test('a manifest is the same after it was written and read', () => {
  expect(parseManifest(TEXT)).toEqual(MANIFEST)
  const { content, path, recorded } = MANIFEST
  expect(parseManifestHead(TEXT.slice(0, 200))).toEqual({ content, path, recorded })
})

test('names may have any byte but NUL and a slash', () => {
  const byte = fc.integer({ min: 1, max: 255 }).filter((code) => code !== 47)
  const name = fc
    .array(byte, { minLength: 1, maxLength: 20 })
    .map((bytes) => String.fromCharCode(...bytes))
    .filter((text) => text !== '.' && text !== '..')
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 3 }), name, (names, target) => {
      const given = { ...MANIFEST, tree: tree({ [names.join('/')]: link(target) }) }
      expect(parseManifest(formatManifest(given))).toEqual(given)
      const path = names.join('/')
      expect(parseQuestion(formatQuestion(path, 7).slice(0, -1))).toEqual({ path, largest: 7 })
    }),
  )
})

describe('a manifest is rejected', () => {
  const [head = '', ...lines] = TEXT.split('\n')
  const withLine = (line: string) => [head, line, ...lines.slice(1)].join('\n')
  test.each<[string, string]>([
    ['that is empty', ''],
    ['of a later version', TEXT.replace('"persist-manifest",1', '"persist-manifest",2')],
    ['of something else', TEXT.replace('persist-manifest', 'other')],
    ['without its last line', TEXT.slice(0, TEXT.lastIndexOf('\n', TEXT.length - 2) + 1)],
    ['without its last byte', TEXT.slice(0, -1)],
    ['with a line that is not JSON', withLine('x')],
    ['with a line that is no array', withLine('{}')],
    ['with a path outside', withLine(lines[0]?.replace('""', '"../x"') ?? '')],
    ['with an absolute path', withLine(lines[0]?.replace('""', '"/x"') ?? '')],
    ['with an unknown type', withLine('["x","a","",0,0,0,0]')],
    ['with a mode that is none', withLine('["d","a","",0,0,99999,0]')],
    ['with an owner that is none', withLine('["d","a","",-1,0,0,0]')],
    ['with an offered file that is none', TEXT.replace('["o","a.image-new"', '["o",1')],
  ])('%s', (_, text) => {
    expect(() => parseManifest(text)).toThrow('Cannot read what a volume got from its image')
  })
})
