import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { readdirSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  beginFilling,
  destroyDirectory,
  endFilling,
  fillingName,
  inspectDirectory,
  makeDirectory,
  measureDirectory,
} from '../../../../src/persist/volumes/host/directories'
import { isRoot } from '../../../support/needs'

let base: string
let data: string
let storage: string
const at = (...names: string[]) => join(storage, ...names)
const user = { uid: 1234, gid: 5678 }

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'volumes-')))
  data = join(base, 'persist')
  storage = join(base, 'storage')
  mkdirSync(data)
  mkdirSync(storage)
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

describe.skipIf(!isRoot)('the directory of a volume (needs root)', () => {
  test('is made with owner and mode, and changed with everything in it', async () => {
    expect(await inspectDirectory(data, 'v')).toBeNull()
    await makeDirectory(data, 'v', null, null)
    expect(await inspectDirectory(data, 'v')).toEqual({
      ...{ uid: 0, gid: 0, mode: '0755', isEmpty: true },
    })
    mkdirSync(at('v/sub'))
    writeFileSync(at('v/sub/file'), 'x')
    await makeDirectory(data, 'v', user, '0750')
    expect(await inspectDirectory(data, 'v')).toEqual({ ...user, mode: '0750', isEmpty: false })
    expect(statSync(at('v/sub/file'))).toMatchObject(user)
  })

  test('links in it change owner themselves, and lead nowhere', async () => {
    const outside = join(base, 'outside')
    writeFileSync(outside, 'secret')
    await makeDirectory(data, 'v', null, null)
    symlinkSync(outside, at('v/link'))
    symlinkSync(base, at('v/up'))
    await makeDirectory(data, 'v', user, null)
    expect(lstatSync(at('v/link'))).toMatchObject(user)
    expect(statSync(outside).uid).toBe(0)
    expect(statSync(base).uid).toBe(0)
  })

  test.each<[string, () => Promise<unknown>]>([
    ['make', () => makeDirectory(data, 'v', user, '0700')],
    ['inspect', () => inspectDirectory(data, 'v')],
    ['measure', () => measureDirectory(data, 'v')],
  ])('%s refuses a link in its place', async (_, run) => {
    const outside = join(base, 'outside')
    mkdirSync(outside)
    symlinkSync(outside, at('v'))
    await expect(run()).rejects.toThrow('symbolic link')
    expect(statSync(outside)).toMatchObject({ uid: 0, gid: 0 })
  })

  test('a link in place of the storage is refused', async () => {
    rmSync(storage, { recursive: true })
    mkdirSync(join(base, 'real'))
    symlinkSync(join(base, 'real'), storage)
    await expect(makeDirectory(data, 'v', null, null)).rejects.toThrow('symbolic link')
    expect(readdirSync(join(base, 'real'))).toEqual([])
  })
})

describe.skipIf(!isRoot)('filling a volume (needs root)', () => {
  const fill = async (text: string) => {
    await beginFilling(data, 'v')
    writeFileSync(at(fillingName('v'), 'file'), text)
  }

  test.each<[string, () => void]>([
    ['a missing directory', () => undefined],
    ['an empty one', () => mkdirSync(at('v'))],
  ])('puts the files in place of %s at once', async (_, before) => {
    before()
    await fill('new')
    expect(existsSync(at('v/file'))).toBe(false)
    expect(await endFilling(data, 'v', user, '0700')).toBe(true)
    expect(readFileSync(at('v/file'), 'utf8')).toBe('new')
    expect(statSync(at('v/file'))).toMatchObject(user)
    expect(readdirSync(storage)).toEqual(['v'])
  })

  test('never replaces files that are there', async () => {
    mkdirSync(at('v'))
    writeFileSync(at('v/file'), 'old')
    chownSync(at('v/file'), 7, 7)
    await fill('new')
    expect(await endFilling(data, 'v', user, null)).toBe(false)
    expect(readFileSync(at('v/file'), 'utf8')).toBe('old')
    expect(statSync(at('v/file')).uid).toBe(7)
    expect(readdirSync(storage)).toEqual(['v'])
  })

  test('starts anew after a killed run', async () => {
    await fill('half')
    writeFileSync(at(fillingName('v'), 'other'), 'half')
    await fill('whole')
    expect(await endFilling(data, 'v', null, null)).toBe(true)
    expect(readdirSync(at('v'))).toEqual(['file'])
  })
})

describe.skipIf(!isRoot)('deleting a volume (needs root)', () => {
  test('deletes its files and what killed runs have left, and nothing behind links', async () => {
    const outside = join(base, 'outside')
    mkdirSync(join(outside, 'sub'), { recursive: true })
    mkdirSync(at('v/sub'), { recursive: true })
    symlinkSync(outside, at('v/link'))
    mkdirSync(at('.trash-1/sub'), { recursive: true })
    mkdirSync(at('other'))
    await destroyDirectory(data, 'v')
    expect(readdirSync(storage)).toEqual(['other'])
    expect(readdirSync(outside)).toEqual(['sub'])
  })

  test('a link in its place is deleted, not what it leads to', async () => {
    symlinkSync(at('other'), at('v'))
    mkdirSync(at('other/sub'), { recursive: true })
    await destroyDirectory(data, 'v')
    expect(readdirSync(storage)).toEqual(['other'])
    expect(readdirSync(at('other'))).toEqual(['sub'])
  })

  test('is not prevented by what cannot be deleted of another one', async () => {
    mkdirSync(at('.trash-1/mounted'), { recursive: true })
    mkdirSync(at('v'))
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', at('.trash-1/mounted')])
    try {
      await destroyDirectory(data, 'v')
      expect(existsSync(at('v'))).toBe(false)
    } finally {
      execFileSync('umount', [at('.trash-1/mounted')])
    }
  })

  test('again changes nothing', async () => {
    await destroyDirectory(data, 'v')
    expect(readdirSync(storage)).toEqual([])
  })
})

test.skipIf(!isRoot)('a file with several names counts once (needs root)', async () => {
  mkdirSync(at('v/sub'), { recursive: true })
  writeFileSync(at('v/file'), 'x'.repeat(100_000))
  execFileSync('ln', [at('v/file'), at('v/sub/again')])
  const { bytes, files, complete } = await measureDirectory(data, 'v')
  expect({ files, complete }).toEqual({ files: 1, complete: true })
  expect(bytes).toBeGreaterThanOrEqual(100_000)
  expect(bytes).toBeLessThan(200_000)
})
