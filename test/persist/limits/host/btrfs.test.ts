import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mountBtrfs } from '../../../support/btrfs'
import { type PersistServer, makePersistServer } from '../../../support/persist-server'

const MB = 2 ** 20
const mounted = mkdtempSync(join(tmpdir(), 'btrfs-'))
const disk = mountBtrfs(mounted)
// Hooks do not run where all tests are skipped.
if (!disk) rmSync(mounted, { recursive: true })
afterAll(() => {
  disk?.unmount()
  rmSync(mounted, { recursive: true, force: true })
})

let base: string
let server: PersistServer
const storage = (...path: string[]) => join(base, 'data/storage', ...path)

/** What the root helper says, and its error. */
const helper = (...args: string[]) => {
  const { status, stdout, stderr } = server.run(args, '')
  const line = status === 0 ? stdout : stderr
  return JSON.parse(line) as Readonly<Record<string, unknown>>
}
const btrfs = (...args: string[]) => execFileSync('btrfs', args, { stdio: 'pipe' })
const isSubvolume = (path: string) => statSync(path).ino === 256

/** Writes so many bytes and waits for the disk; the error of the system, or null. */
function write(path: string, bytes: number): string | null {
  try {
    writeFileSync(path, Buffer.alloc(bytes, Math.random().toString()), { flush: true })
    btrfs('filesystem', 'sync', base)
    return null
  } catch (error) {
    // Node has no name for it.
    const { errno } = error as NodeJS.ErrnoException
    return errno === -constants.errno.EDQUOT ? 'EDQUOT' : String(error)
  }
}

describe.skipIf(!disk)('limits on a real btrfs (needs btrfs)', () => {
  beforeEach(() => {
    base = mkdtempSync(join(disk?.path ?? '', 'server-'))
    server = makePersistServer(base)
    btrfs('quota', 'enable', base)
  })
  afterEach(() => {
    btrfs('quota', 'disable', base)
    rmSync(base, { recursive: true, force: true })
  })

  test('a volume is a subvolume; more than its limit cannot be written; it can be raised, removed and destroyed', () => {
    expect(helper('inspect', 'shop-data')).toEqual({
      ...{ entry: 'shop-data', directory: null, limit: null },
    })
    helper('make', 'shop-data', '1000:1000', '0750')
    expect(isSubvolume(storage('shop-data'))).toBe(true)
    expect(helper('inspect', 'shop-data')).toMatchObject({
      ...{ directory: { uid: 1000, mode: '0750', isEmpty: true }, limit: null },
    })
    expect(helper('limit', 'shop-data', String(8 * MB))).toEqual({ limited: true })
    expect(helper('inspect', 'shop-data')).toMatchObject({ limit: 8 * MB })
    expect(write(storage('shop-data/small'), 2 * MB)).toBeNull()
    expect(write(storage('shop-data/large'), 16 * MB)).toBe('EDQUOT')
    rmSync(storage('shop-data/large'))
    btrfs('filesystem', 'sync', base)
    helper('limit', 'shop-data', String(64 * MB))
    expect(write(storage('shop-data/large'), 16 * MB)).toBeNull()
    helper('limit', 'shop-data', 'off')
    expect(helper('inspect', 'shop-data')).toMatchObject({ limit: null })
    expect(write(storage('shop-data/larger'), 70 * MB)).toBeNull()
    expect(helper('destroy', 'shop-data')).toEqual({ destroyed: true })
    expect(readdirSync(storage())).toEqual(['v'])
  })

  test('a volume that is filled takes the place of the empty one, and can be limited', () => {
    helper('make', 'shop-data', '-', '-')
    helper('limit', 'shop-data', String(8 * MB))
    helper('begin-filling', 'shop-data')
    writeFileSync(storage('.filling-shop-data/file'), 'x')
    expect(helper('end-filling', 'shop-data', '-', '-')).toEqual({ filled: true })
    expect(readdirSync(storage('shop-data'))).toEqual(['file'])
    expect(isSubvolume(storage('shop-data'))).toBe(true)
    // The limit went with the empty one: the plan sets it again.
    expect(helper('inspect', 'shop-data')).toMatchObject({ limit: null })
    helper('limit', 'shop-data', String(8 * MB))
    expect(write(storage('shop-data/large'), 16 * MB)).toBe('EDQUOT')
    expect(helper('destroy', 'shop-data')).toEqual({ destroyed: true })
  })

  test('a volume with files is not replaced by one that was filled', () => {
    helper('make', 'shop-data', '-', '-')
    writeFileSync(storage('shop-data/own'), 'x')
    helper('begin-filling', 'shop-data')
    expect(helper('end-filling', 'shop-data', '-', '-')).toEqual({ filled: false })
    expect(readdirSync(storage())).toEqual(['shop-data', 'v'])
    expect(readdirSync(storage('shop-data'))).toEqual(['own'])
  })

  test('a plain directory is watched, and stays as it is', () => {
    mkdirSync(storage('shop-data'))
    const watched = 'its directory is not a btrfs subvolume, as those of new volumes are'
    expect(helper('inspect', 'shop-data')).toMatchObject({ watched })
    expect(helper('limit', 'shop-data', '5120')['message']).toContain(watched)
    expect(helper('make', 'shop-data', '-', '-')).toEqual({ made: true })
    expect(isSubvolume(storage('shop-data'))).toBe(false)
  })

  test('quotas that are off are not turned on', () => {
    btrfs('quota', 'disable', base)
    helper('make', 'shop-data', '-', '-')
    expect(isSubvolume(storage('shop-data'))).toBe(true)
    const watched = `quotas are off. To turn them on: btrfs quota enable ${disk?.path ?? ''}`
    expect(helper('inspect', 'shop-data')).toMatchObject({ watched })
    expect(helper('limit', 'shop-data', '5120')['message']).toContain(watched)
    expect(helper('inspect', 'shop-data')).toMatchObject({ watched })
    btrfs('quota', 'enable', base)
    expect(helper('limit', 'shop-data', '5120')).toEqual({ limited: true })
  })

  test.each(['../v', '/etc', 'v/../x', '', '.'])('no path is taken: %j', (name) => {
    expect(helper('limit', name, '5120')['message']).toContain('Not the name of a volume')
  })

  test.each(['', '0', '-1', '1.5', '5k', 'none', '99999999999999999'])(
    'no limit is taken such as %j',
    (bytes) => {
      expect(helper('limit', 'v', bytes)['message']).toContain('Not a limit')
      expect(existsSync(storage('v'))).toBe(true)
    },
  )
})
