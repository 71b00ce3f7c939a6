import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readWarnings } from '../../../src/persist/report/warnings'
import { makeUsageStore } from '../../../src/persist/usage/host/store'
import { makeRecords } from '../../../src/persist/volumes/host/records'
import type { VolumeServer } from '../../../src/persist/volumes/host/server'
import { sampleVolume } from '../../support/volumes'

let base: string
let root: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'warnings-'))
  root = join(base, 'persist')
  mkdirSync(join(base, 'storage'))
})
afterEach(() => rmSync(base, { recursive: true }))

/** A server whose apps have this `warn-at`. */
function serverWith(warnAt: string): VolumeServer {
  const values = { 'warn-at': warnAt }
  const dokku = { properties: { all: (app: string) => (app === 'shop' ? values : {}) } }
  const pathOf = (entry: string) => join(base, 'storage', entry)
  const server = { platform: { root }, records: makeRecords(root), dokku, pathOf }
  return server as unknown as VolumeServer
}

const FULL: readonly unknown[] = [
  expect.stringMatching(/^The disk of the volumes is nearly full: .* of .* are free$/),
]

test.each<[string, string, number | null, readonly unknown[]]>([
  ['over the limit', 'off', 101, ['The volume uploads of shop is over its limit: 101 B of 100 B']],
  ['below the limit', 'off', 100, []],
  ['never measured', 'off', null, []],
  [
    'near the limit, on a disk that is used at all',
    '0%',
    99,
    ['The volume uploads of shop has nearly reached its limit: 99 B of 100 B', ...FULL],
  ],
  ['never measured, on a disk that is used at all', '0%', null, FULL],
])('the warnings of a volume that is %s', async (_, warnAt, bytes, lines) => {
  const server = serverWith(warnAt)
  server.records.put(sampleVolume({ size: 100 }))
  const sample = { time: 0, files: 1, complete: true }
  if (bytes !== null) await makeUsageStore(root).add('shop-uploads', { ...sample, bytes })
  expect(await readWarnings(server, 'shop')).toEqual(lines)
})

test('an app without volumes has no warnings', async () => {
  expect(await readWarnings(serverWith('0%'), 'shop')).toEqual([])
})
