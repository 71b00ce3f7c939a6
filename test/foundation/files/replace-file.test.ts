import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { putText, readIfThere, replaceFile } from '../../../src/foundation/files/replace-file'
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk'
import { isRoot } from '../../support/needs'

let base: string
let file: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'replace-'))
  file = join(base, 'file')
})
afterEach(() => rmSync(base, { recursive: true }))

test('a file is replaced, with its mode whatever the umask is', () => {
  const umask = process.umask(0o077)
  try {
    replaceFile(file, 'old', 0o644)
    replaceFile(file, new TextEncoder().encode('new'), 0o755)
  } finally {
    process.umask(umask)
  }
  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(statSync(file).mode & 0o777).toBe(0o755)
  expect(readdirSync(base)).toEqual(['file'])
})

test('a leftover of a killed run does not matter, and a link with its name is not followed', () => {
  const other = join(base, 'other')
  writeFileSync(other, 'kept')
  symlinkSync(other, `${file}.${spawnSync('true').pid}-1.new`)
  symlinkSync(other, `${other}.${spawnSync('true').pid}-1.new`)
  replaceFile(file, 'new', 0o644)
  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(readFileSync(other, 'utf8')).toBe('kept')
  // That of another file is not touched.
  expect(readdirSync(base)).toHaveLength(3)
})

test('what another process is writing now stays, and does not matter', () => {
  const beside = `${file}.${process.ppid}-1.new`
  writeFileSync(beside, 'half')
  replaceFile(file, 'new', 0o644)
  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(readFileSync(beside, 'utf8')).toBe('half')
})

test('a file that cannot be replaced: nothing is left beside it', () => {
  mkdirSync(join(file, 'below'), { recursive: true })
  expect(() => replaceFile(file, 'new', 0o644)).toThrow()
  expect(readdirSync(base)).toEqual(['file'])
})

test('a file with the same text is not changed', () => {
  expect(readIfThere(file)).toBeNull()
  expect(putText(file, 'text', 0o644)).toBe(true)
  const { ino } = statSync(file)
  expect(putText(file, 'text', 0o644)).toBe(false)
  expect(statSync(file).ino).toBe(ino)
  expect(putText(file, 'another', 0o644)).toBe(true)
  expect(readIfThere(file)).toBe('another')
})

describe.skipIf(!isRoot)('on a disk that fills up meanwhile (needs root)', () => {
  let disk: SmallDisk
  beforeEach(() => {
    disk = mountSmallDisk(join(base, 'disk'))
    file = join(disk.path, 'file')
  })
  afterEach(() => disk.unmount())

  test('the old file is kept, and the next run replaces it', () => {
    const text = 'new\n'.repeat(10_000)
    replaceFile(file, 'old', 0o644)
    disk.fill(8192)
    expect(() => putText(file, text, 0o644)).toThrow('ENOSPC')
    expect(readIfThere(file)).toBe('old')
    disk.mend()
    putText(file, text, 0o644)
    expect(readIfThere(file)).toBe(text)
  })
})
