import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pipFacts } from '../../../../src/shared-cache/doctor/host/examine-pip'

const SYSTEM = 'debian-12-amd64-glibc'
let root: string

/** Writes a file in the pip cache, with a time in seconds since the epoch. */
function file(path: string, time: number): void {
  const full = join(root, 'pip', path)
  mkdirSync(dirname(full), { recursive: true })
  writeFileSync(full, 'x')
  utimesSync(full, time, time)
}

function directory(path: string, time: number): void {
  mkdirSync(join(root, 'pip', path), { recursive: true })
  utimesSync(join(root, 'pip', path), time, time)
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'examine-pip-'))
})
afterEach(() => rmSync(root, { recursive: true }))

describe('how the pip cache is used', () => {
  test('no cache', () => {
    expect(pipFacts(root)).toBeNull()
  })

  test('an unused cache from setup', () => {
    directory('http-v2', 100)
    directory('http', 90)
    directory(SYSTEM, 100)
    expect(pipFacts(root)).toEqual({
      hasDownloads: false,
      downloadsChanged: 100_000,
      lastWritten: null,
    })
  })

  test.each(['http-v2', 'http'])('downloads in %s', (name) => {
    file(`${name}/a/b/c`, 50)
    expect(pipFacts(root)).toMatchObject({ hasDownloads: true })
  })

  test.each([
    ['a check for a newer pip', `${SYSTEM}/selfcheck/abc`],
    ['a wheel that pip built', `${SYSTEM}/wheels/aa/bb/cc/dd/x.whl`],
    ['a wheel for an unknown system', 'base-0123456789abcdef/wheels/aa/x.whl'],
    ['a wheel in the cache itself', 'wheels/aa/x.whl'],
  ])('%s shows when pip wrote last', (_, path) => {
    directory('http-v2', 100)
    file(path, 150)
    expect(pipFacts(root)).toMatchObject({ hasDownloads: false, lastWritten: 150_000 })
  })

  test('directories that a prune changed do not count, nor targets of links', () => {
    directory('http-v2', 100)
    directory(`${SYSTEM}/wheels/aa`, 200)
    file('other/x', 300)
    symlinkSync(join(root, 'pip/other'), join(root, `pip/${SYSTEM}/wheels/link`))
    symlinkSync(join(root, 'pip/other/x'), join(root, `pip/${SYSTEM}/wheels/x.whl`))
    expect(pipFacts(root)).toMatchObject({ lastWritten: null })
  })
})
