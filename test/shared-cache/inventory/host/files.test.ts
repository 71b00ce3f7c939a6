import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { planPrune } from '../../../../src/shared-cache/prune-plan/core/plan'
import type { Host } from '../../../../src/foundation/cli/command'
import { filesSource } from '../../../../src/shared-cache/inventory/host/files'
import { localHost } from '../../../support/host'

const NOW = Date.UTC(2026, 0, 31)
const DAY = 86_400_000
const quiet = () => undefined

let root: string
let host: Host

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'shared-cache-'))
  host = localHost(root)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, days: number): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), 'x'.repeat(3000))
  const used = new Date(NOW - days * DAY)
  utimesSync(join(root, path), used, used)
}

const blob = (byte: string) => `npm/_cacache/content-v2/sha512/${byte}/${byte}/${byte.repeat(62)}`

async function prune(cache: string, olderThan: number) {
  const source = filesSource(host, cache, NOW)
  const inventory = await source.inventory({}, quiet)
  const plan = planPrune(inventory, { olderThan: olderThan * DAY }, NOW)
  return source.remove(
    plan.remove.map(({ unit }) => unit),
    quiet,
  )
}

const download = (hash: string) => {
  const name = hash.repeat(56).slice(0, 56)
  return `pip/http-v2/${Array.from(name.slice(0, 5)).join('/')}/${name}`
}
const bucket = (byte: string) => `npm/_cacache/index-v5/${byte}/${byte}/${byte.repeat(30)}`
const there = (path: string) => existsSync(join(root, path))

describe('pruning the files of a cache', () => {
  test('files that npm has not read for a long time are removed, the rest is kept', async () => {
    write(blob('aa'), 40)
    write(blob('bb'), 20)
    write('npm/other/old', 400)
    expect(await prune('npm', 30)).toEqual({ source: 'npm', units: 1, bytes: 4096, left: 0 })
    expect(existsSync(join(root, blob('aa')))).toBe(false)
    expect(existsSync(join(root, blob('bb')))).toBe(true)
    expect(existsSync(join(root, 'npm/other/old'))).toBe(true)
  })

  test('a download of pip is removed completely, with its directories', async () => {
    const download = `pip/http-v2/8/3/f/4/6/83f466${'5a'.repeat(25)}`
    write(download, 40)
    write(`${download}.body`, 40)
    expect(await prune('pip', 30)).toMatchObject({ units: 1, left: 0, bytes: 8192 })
    expect(readdirSync(join(root, 'pip/http-v2'))).toEqual([])
  })

  test('content of npm is removed, and its index entries too', async () => {
    for (const byte of ['aa', 'bb', 'cc']) write(blob(byte), 40)
    for (const byte of ['aa', 'bb', 'cc']) write(bucket(byte), 40)
    const source = filesSource(host, 'npm', NOW)
    const { units } = await source.inventory({}, quiet)
    expect(await source.remove(units, quiet)).toMatchObject({ units: 6, left: 0 })
    expect(there(blob('aa')) || there(bucket('cc'))).toBe(false)
  })

  test('among files with the same time, ids decide', async () => {
    for (const byte of ['cc', 'aa', 'bb']) write(blob(byte), 40)
    const source = filesSource(host, 'npm', NOW)
    const plan = planPrune(await source.inventory({}, quiet), { maxBytes: 20_000 }, NOW)
    const units = plan.remove.map(({ unit }) => unit)
    expect(await source.remove(units, quiet)).toMatchObject({ units: units.length, left: 0 })
    const left = ['aa', 'bb', 'cc'].filter((byte) => there(blob(byte)))
    expect(left).toEqual(['aa', 'bb', 'cc'].slice(units.length))
  })

  test('content is removed up to the planned millisecond, and so is the index', async () => {
    for (const byte of ['aa', 'bb', 'cc']) {
      write(blob(byte), 40)
      write(bucket(byte), 40)
    }
    const set = (path: string, ms: number) => utimesSync(join(root, path), ms / 1000, ms / 1000)
    const at = NOW - 50 * DAY + 123
    ;[blob('aa'), bucket('aa')].forEach((path) => set(path, at - 0.5))
    ;[blob('bb'), bucket('bb')].forEach((path) => set(path, at + 0.5))
    ;[blob('cc'), bucket('cc')].forEach((path) => set(path, at + 1.5))
    expect(await prune('npm', (NOW - at + 0.5) / DAY)).toMatchObject({ units: 2, left: 0 })
    expect(['aa', 'bb', 'cc'].filter((byte) => there(blob(byte)))).toEqual(['bb', 'cc'])
    expect(['aa', 'bb', 'cc'].filter((byte) => there(bucket(byte)))).toEqual(['bb', 'cc'])
  })

  test('a directory with another download is kept', async () => {
    write(download('a'), 40)
    write(`${download('a')}.body`, 40)
    write(download('ab'), 3)
    write(download('b'), 40)
    expect(await prune('pip', 30)).toMatchObject({ units: 2, left: 0 })
    expect(readdirSync(join(root, 'pip/http-v2'))).toEqual(['a'])
    expect(there(download('ab'))).toBe(true)
    expect(there(download('a'))).toBe(false)
  })

  test('an unplanned selection is rejected: units can only be removed in the order of their use', async () => {
    for (const [index, byte] of ['aa', 'bb', 'cc'].entries()) write(blob(byte), 40 + index)
    const source = filesSource(host, 'npm', NOW)
    const { units } = await source.inventory({}, quiet)
    const newest = units.filter(({ lastUsed }) => lastUsed === NOW - 40 * DAY)
    await expect(source.remove(newest, quiet)).rejects.toThrow('are not those that were chosen')
    expect(there(blob('aa'))).toBe(true)
  })

  test('entries that changed since the plan are kept, and counted', async () => {
    write(blob('aa'), 40)
    write(blob('bb'), 40)
    const source = filesSource(host, 'npm', NOW)
    const { units } = await source.inventory({}, quiet)
    write(blob('aa'), 0)
    expect(await source.remove(units, quiet)).toMatchObject({ units: 1, left: 1 })
    expect(existsSync(join(root, blob('aa')))).toBe(true)
  })

  test('an empty or missing cache has nothing to prune', async () => {
    const source = filesSource(host, 'pip', NOW)
    const look = async () => {
      const { units, ...rest } = await source.inventory({}, quiet)
      return { ...rest, units: units.slice() }
    }
    const none = { source: 'pip', units: [], complete: true, leftovers: false }
    expect(await look()).toEqual({ ...none, bytes: 0 })
    mkdirSync(join(root, 'pip'))
    expect(await look()).toEqual({ ...none, bytes: 4096 })
  })

  test('a file with several names counts once, and so do files that are not units', async () => {
    write('uv/archive-v0/a/file', 40)
    linkSync(join(root, 'uv/archive-v0/a/file'), join(root, 'uv/archive-v0/a/other'))
    mkdirSync(join(root, 'uv/archive-v0/b'))
    linkSync(join(root, 'uv/archive-v0/a/file'), join(root, 'uv/archive-v0/b/file'))
    write('uv/elsewhere', 40)
    const { units, bytes } = await filesSource(host, 'uv', NOW).inventory({}, quiet)
    // It belongs to the first one in the walk.
    expect([...units].map((unit) => unit.bytes).sort()).toEqual([4096, 8192])
    expect(bytes).toBe(4 * 4096 + 2 * 4096)
  })
})
