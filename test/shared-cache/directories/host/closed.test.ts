import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findClosed } from '../../../../src/shared-cache/directories/host/closed'

let root: string
let fd: number
let umask: number
beforeEach(() => {
  umask = process.umask(0)
  root = mkdtempSync(join(tmpdir(), 'closed-'))
  fd = openSync(root, 'r')
})
afterEach(() => {
  closeSync(fd)
  process.umask(umask)
  rmSync(root, { recursive: true })
})

const make = (path: string, mode = 0o777) => {
  mkdirSync(join(root, path), { recursive: true })
  chmodSync(join(root, path), mode)
}

describe('a directory that is closed to other users', () => {
  test.each([
    'npm',
    '_cacache/content-v2',
    '_cacache/content-v2/sha512/ab',
    'debian-12-amd64-glibc/wheels/a/b/c/d/e/f',
    `${'deep/'.repeat(60)}end`,
  ])('is found at any depth: %s', (path) => {
    make(path, 0o700)
    expect(findClosed(fd, 'all users')).toEqual({ closed: path, stoppedAt: null })
  })

  test.each([
    ['one that is open', 'a/b', 0o777],
    ['a temporary one of a tool', 'a/.tmp3fa', 0o700],
    ["npm's temporary files", '_cacache/tmp', 0o700],
    ['what is in a temporary one', 'a/.tmp3fa/b', 0o700],
    ["Go's modules, read-only on purpose", 'mod/example.com/x@v1.2.3/sub', 0o555],
    ['what a browser was unpacked to', 'debian-12-amd64-glibc/chromium-1148/chrome-linux', 0o755],
    ['what a wheel was unpacked to', 'debian-12-amd64-glibc/archive-v0/x3Jq/pkg', 0o755],
    [
      'what a crate was unpacked to',
      'registry/src/index.crates.io-6f17d22bba15001f/x-1.0/src',
      0o755,
    ],
  ])('is not %s', (_, path, mode) => {
    make(path, mode)
    expect(findClosed(fd, 'all users')).toEqual({ closed: null, stoppedAt: null })
  })

  test('is not looked for behind a link', () => {
    const other = mkdtempSync(join(tmpdir(), 'closed-'))
    symlinkSync(other, join(root, 'link'))
    expect(findClosed(fd, 'all users')).toEqual({ closed: null, stoppedAt: null })
    rmSync(other, { recursive: true })
  })

  test.each([
    [0o022, 0o755, null],
    [0o022, 0o700, 'a/b'],
    [0o077, 0o700, null],
    [0o077, 0o500, 'a/b'],
  ])('for a single user is one without what his umask gives: %o, %o', (own, mode, closed) => {
    make('a/b', mode)
    process.umask(own)
    expect(findClosed(fd, 'one user').closed).toBe(closed)
  })
})

describe('a cache that is too large for one search', () => {
  beforeEach(() => {
    for (const one of ['a', 'b', 'c']) for (const two of ['1', '2', '3']) make(`${one}/${two}`)
  })

  test('is searched by several, each of which begins where the last one stopped', () => {
    make('c/3', 0o700)
    const places: (string | null)[] = []
    let from = ''
    for (let run = 0; run < 20; run++) {
      const { closed, stoppedAt } = findClosed(fd, 'all users', from, 4)
      if (closed !== null) {
        expect(closed).toBe('c/3')
        expect(run).toBeGreaterThan(1)
        return
      }
      places.push(stoppedAt)
      from = stoppedAt ?? ''
    }
    throw new Error(`never found: ${places.join(' ')}`)
  })

  test('comes to its end', () => {
    let from = ''
    for (let run = 0; run < 20; run++) {
      const { stoppedAt } = findClosed(fd, 'all users', from, 4)
      if (stoppedAt === null) return
      expect(stoppedAt > from).toBe(true)
      from = stoppedAt
    }
    throw new Error('never ended')
  })

  test('goes on behind a place that does not exist any more', () => {
    make('c', 0o700)
    rmSync(join(root, 'b'), { recursive: true })
    expect(findClosed(fd, 'all users', 'b/2', 4).closed).toBe('c')
  })
})
