import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
} from 'node:fs'
import { renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { cleanDirectory } from '../../../../src/persist/clean/host/directory'

const DAY = 86_400_000
const NOW = Date.now()
let base: string
let volume: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'clean-'))
  volume = join(base, 'storage/shop-logs')
  mkdirSync(volume, { recursive: true })
  mkdirSync(join(base, 'persist'))
})
afterEach(() => rmSync(base, { recursive: true }))

/** Writes a file that was modified and read so many days ago. */
function put(path: string, modified: number, read = modified): string {
  const file = join(base, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, 'x'.repeat(5000))
  utimesSync(file, (NOW - read * DAY) / 1000, (NOW - modified * DAY) / 1000)
  return file
}

const clean = (kind: 'cache' | 'logs', days = 30, dry = false) =>
  cleanDirectory(join(base, 'persist'), 'shop-logs', kind, NOW - days * DAY, dry)

describe('cleaning a volume', () => {
  test.each<[string, 'cache' | 'logs', number, number, boolean]>([
    ['an old log', 'logs', 31, 31, false],
    ['an old log that was read since', 'logs', 31, 1, false],
    ['a young log', 'logs', 29, 29, true],
    ['an old file of a cache', 'cache', 31, 31, false],
    ['an old file of a cache that was read since', 'cache', 31, 1, true],
    ['a young file of a cache', 'cache', 29, 31, true],
    ['a file of the future', 'logs', -5, -5, true],
  ])('%s', async (_, kind, modified, read, stays) => {
    const file = put('storage/shop-logs/a/file', modified, read)
    const { files } = await clean(kind)
    expect({ stays: existsSync(file), files }).toEqual({ stays, files: stays ? 0 : 1 })
  })

  it('counts the same in a dry run, and deletes nothing', async () => {
    const file = put('storage/shop-logs/a/file', 40)
    const bytes = statSync(file).blocks * 512
    const expected = { files: 1, bytes, open: 0, complete: true }
    expect(await clean('logs', 30, true)).toEqual(expected)
    expect(existsSync(file)).toBe(true)
    expect(await clean('logs')).toEqual(expected)
    expect(existsSync(file)).toBe(false)
  })

  it('deletes nothing in a second run', async () => {
    put('storage/shop-logs/file', 40)
    await clean('logs')
    expect(await clean('logs')).toEqual({ files: 0, bytes: 0, open: 0, complete: true })
  })

  it('keeps directories, links and what links point to', async () => {
    const outside = put('outside/file', 40)
    mkdirSync(join(volume, 'empty'))
    symlinkSync(join(base, 'outside'), join(volume, 'directory'))
    symlinkSync(outside, join(volume, 'link'))
    expect(await clean('logs')).toMatchObject({ files: 0 })
    expect(readdirSync(volume).sort()).toEqual(['directory', 'empty', 'link'])
    expect(existsSync(outside)).toBe(true)
  })

  it('counts a file with another name outside, and frees nothing with it', async () => {
    const file = put('storage/shop-logs/file', 40)
    linkSync(file, join(base, 'other'))
    expect(await clean('logs')).toMatchObject({ files: 1, bytes: 0 })
    expect(existsSync(join(base, 'other'))).toBe(true)
  })

  it('keeps a file that a process has open', async () => {
    const file = put('storage/shop-logs/open', 40)
    put('storage/shop-logs/closed', 40)
    const fd = openSync(file, 'a')
    try {
      expect(await clean('logs', 30, true)).toMatchObject({ files: 1, open: 1 })
      expect(await clean('logs')).toMatchObject({ files: 1, open: 1 })
      expect(readdirSync(volume)).toEqual(['open'])
    } finally {
      closeSync(fd)
    }
    expect(await clean('logs')).toMatchObject({ files: 1, open: 0 })
  })

  it('deletes a file with any name', async () => {
    for (const name of ['-delete', 'a\nb', ' ', '*', '\\']) put(`storage/shop-logs/${name}`, 40)
    expect(await clean('logs')).toMatchObject({ files: 5 })
    expect(readdirSync(volume)).toEqual([])
  })

  it('refuses a volume that is a link', async () => {
    const file = put('outside/file', 40)
    renameSync(volume, join(base, 'moved'))
    symlinkSync(join(base, 'outside'), volume)
    await expect(clean('logs')).rejects.toThrow('shop-logs is a symbolic link')
    expect(existsSync(file)).toBe(true)
  })

  it('refuses a volume without a directory', async () => {
    rmSync(volume, { recursive: true })
    await expect(clean('logs')).rejects.toThrow('The directory of the volume shop-logs is missing')
  })

  it('deletes nothing outside while directories are swapped for links', async () => {
    const rounds = Number(process.env['SHARED_CACHE_TEST_SWAPS'] ?? 20)
    const kept = put('outside/deep/file', 40)
    const inside = join(volume, 'sub')
    for (let round = 0; round < rounds; round += 1) {
      for (const name of ['a', 'b', 'c']) put(`storage/shop-logs/sub/deep/${name}`, 40)
      const running = clean('logs')
      const state = { busy: true }
      void running.finally(() => (state.busy = false))
      while (state.busy) {
        renameSync(inside, join(base, 'away'))
        symlinkSync(join(base, 'outside'), inside)
        await new Promise((resolve) => setImmediate(resolve))
        rmSync(inside)
        renameSync(join(base, 'away'), inside)
        await new Promise((resolve) => setImmediate(resolve))
      }
      await running
      expect(existsSync(kept)).toBe(true)
    }
  })
})
