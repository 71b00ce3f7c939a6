import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeRecords } from '../../../../src/persist/volumes/host/records'
import { sampleVolume } from '../../../support/volumes'

let root: string
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'records-'))))
afterEach(() => rmSync(root, { recursive: true, force: true }))

const damage = (entry: string, text: string) => {
  mkdirSync(join(root, 'volumes'), { recursive: true })
  writeFileSync(join(root, 'volumes', `${entry}.json`), text)
}

describe('the records of volumes', () => {
  test('are none before the first one', () => {
    expect(makeRecords(root).all()).toEqual([])
    expect(makeRecords(root).get('shop-uploads')).toBeNull()
  })

  test('are read as they were written, those of an app by path', () => {
    const records = makeRecords(root)
    const [b, a, other] = [
      sampleVolume({ entry: 'shop-a', path: '/b' }),
      sampleVolume({ entry: 'shop-b', path: '/a' }),
      sampleVolume({ entry: 'blog-a', app: 'blog' }),
    ]
    for (const volume of [b, a, other]) records.put(volume)
    expect(records.all()).toEqual([other, b, a])
    expect(records.of('shop')).toEqual([a, b])
    records.delete('shop-a')
    expect(records.of('shop')).toEqual([a])
  })

  test('are closed to other users', () => {
    makeRecords(root).put(sampleVolume())
    expect(statSync(join(root, 'volumes')).mode & 0o777).toBe(0o700)
    expect(statSync(join(root, 'volumes/shop-uploads.json')).mode & 0o777).toBe(0o600)
  })

  test('of an app do not suffer from a damaged one of another app', () => {
    const records = makeRecords(root)
    records.put(sampleVolume())
    damage('blog-data', '{"version": 1, "app": "blog"')
    expect(records.of('shop')).toEqual([sampleVolume()])
    expect(() => records.of('blog')).toThrow('Cannot read the record of the volume blog-data')
    expect(() => records.all()).toThrow('blog-data')
  })

  test('ignore files that are none', () => {
    const records = makeRecords(root)
    records.put(sampleVolume())
    for (const name of ['.hidden', 'UPPER', 'shop-uploads.json.new']) damage(name, 'x')
    expect(records.all()).toEqual([sampleVolume()])
  })

  test.each(['../x', '/etc/passwd', 'a/b', '', '.'])('have no name such as %j', (entry) => {
    expect(() => makeRecords(root).get(entry)).toThrow('not the name of a volume')
  })
})
