import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  historyFile,
  readHistory,
  writeHistory,
} from '../../../../src/shared-cache/report/host/history'
import { PLUGIN } from '../../../../src/shared-cache/plugin'
import { detectPlatform } from '../../../../src/foundation/platform'

let base: string
beforeEach(() => (base = mkdtempSync(join(tmpdir(), 'history-'))))
afterEach(() => rmSync(base, { recursive: true }))

const ENTRY = { at: 1_700_000_000_000, disk: { bytes: 9, freeBytes: 4 }, caches: { npm: 1 } }

test.each([
  [
    'of a Dokku in its data',
    { DOKKU_LIB_ROOT: '/L', PLUGIN_AVAILABLE_PATH: '/P' },
    '/L/data/shared-cache/history.jsonl',
  ],
  ['of a machine beside the root', { SHARED_CACHE_ROOT: '/R/caches' }, '/R/caches-history.jsonl'],
])('the history %s', (_, env, file) => {
  expect(historyFile(detectPlatform(PLUGIN, env))).toBe(file)
})

test('is missing at first; what is written is parsed again, and nothing else is left', () => {
  const platform = detectPlatform(PLUGIN, { DOKKU_LIB_ROOT: base, PLUGIN_AVAILABLE_PATH: '/P' })
  expect(readHistory(platform)).toEqual([])
  writeHistory(platform, [ENTRY])
  expect(readHistory(platform)).toEqual([ENTRY])
  expect(readdirSync(dirname(historyFile(platform)))).toEqual(['history.jsonl'])
})

test('an incomplete last line is skipped, and removed by the next write', () => {
  const platform = detectPlatform(PLUGIN, { SHARED_CACHE_ROOT: join(base, 'root') })
  writeHistory(platform, [ENTRY])
  const file = historyFile(platform)
  writeFileSync(file, `${readFileSync(file, 'utf8')}{"at":"2026-`)
  expect(readHistory(platform)).toEqual([ENTRY])
  writeHistory(platform, [...readHistory(platform), { ...ENTRY, at: ENTRY.at + 1 }])
  expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2)
})

test('a failing write leaves the old file', () => {
  const platform = detectPlatform(PLUGIN, { SHARED_CACHE_ROOT: join(base, 'root') })
  writeHistory(platform, [ENTRY])
  // An invalid time is detected while the new file is open.
  expect(() => writeHistory(platform, [{ ...ENTRY, at: NaN }])).toThrow()
  expect(readHistory(platform)).toEqual([ENTRY])
  expect(existsSync(historyFile(platform))).toBe(true)
})
