import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeLimitStore } from '../../../../src/persist/limits/host/store'

let root: string
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'limits-'))))
afterEach(() => rmSync(root, { recursive: true }))

test('a limit is remembered until it is removed', () => {
  const store = makeLimitStore(root)
  expect(store.get('shop-data')).toBeNull()
  store.put('shop-data', null)
  store.put('shop-data', 5120)
  expect(makeLimitStore(root).get('shop-data')).toBe(5120)
  expect(store.get('shop-logs')).toBeNull()
  expect(statSync(join(root, 'limits/shop-data.json')).mode & 0o777).toBe(0o600)
  store.put('shop-data', null)
  expect(store.get('shop-data')).toBeNull()
})

test.each(['', '{}', '{"version":2,"bytes":5}', '{"version":1,"bytes":-5}', 'x'])(
  'what cannot be read is no limit: %j',
  (text) => {
    mkdirSync(join(root, 'limits'))
    writeFileSync(join(root, 'limits/shop-data.json'), text)
    expect(makeLimitStore(root).get('shop-data')).toBeNull()
  },
)
