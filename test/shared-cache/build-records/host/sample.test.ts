import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { goneFrom, sampleCache } from '../../../../src/shared-cache/build-records/host/sample'

let root = ''
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'sample-'))))
afterEach(() => rmSync(root, { recursive: true }))

const put = (path: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), 'x')
}
/** Content as npm stores it: 256 directories with 4 files each. */
const fill = () => {
  for (let at = 0; at < 256; at++) {
    const [one, two] = [at.toString(16).padStart(2, '0'), (at * 7).toString(16).padStart(3, '0')]
    for (let file = 0; file < 4; file++) put(`_cacache/content-v2/sha512/${one}/${two}/${file}`)
  }
}

test('24 files from many directories, the same ones each time', () => {
  fill()
  const { cache, files } = sampleCache('npm', root)
  expect(cache).toBe('npm')
  expect(files).toHaveLength(24)
  expect(new Set(files.map((file) => dirname(file))).size).toBeGreaterThan(20)
  expect(sampleCache('npm', root).files).toEqual(files)
})

test('all of them are there until somebody removes them', () => {
  fill()
  const sample = sampleCache('npm', root)
  expect(goneFrom(sample, root)).toBe(0)
  rmSync(join(root, sample.files[3] ?? ''))
  expect(goneFrom(sample, root)).toBe(1)
  rmSync(join(root, '_cacache'), { recursive: true })
  expect(goneFrom(sample, root)).toBe(24)
})

test('locks and tags beside directories are not part of it', () => {
  fill()
  for (const name of ['CACHEDIR.TAG', '.lock', '_cacache/.lock']) put(name)
  expect(sampleCache('npm', root).files.every((file) => file.includes('/sha512/'))).toBe(true)
})

test('a few files are all in it', () => {
  for (const name of ['a', 'b', 'c']) put(`d/${name}`)
  expect([...sampleCache('npm', root).files].sort()).toEqual(['d/a', 'd/b', 'd/c'])
})

test('links are not followed', () => {
  const outside = mkdtempSync(join(tmpdir(), 'outside-'))
  writeFileSync(join(outside, 'secret'), 'x')
  symlinkSync(outside, join(root, 'link'))
  symlinkSync(join(outside, 'secret'), join(root, 'file'))
  expect(sampleCache('npm', root).files).toEqual([])
  rmSync(outside, { recursive: true })
})

test.each(['empty', 'missing'])('a cache that is %s has none', (state) => {
  if (state === 'missing') expect(sampleCache('npm', join(root, 'no')).files).toEqual([])
  else expect(sampleCache('npm', root).files).toEqual([])
})
