import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isEncrypted } from '../../../../src/persist/doctor/host/encryption'

let base: string

beforeEach(() => (base = mkdtempSync(join(tmpdir(), 'encryption-'))))
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** A block device in /sys, with the names of those that it is made of. */
function device(number: string, name: string, uuid = '', madeOf: readonly string[] = []): void {
  const directory = join(base, 'dev/block', number)
  mkdirSync(join(base, 'class/block', name), { recursive: true })
  writeFileSync(join(base, 'class/block', name, 'dev'), `${number}\n`)
  mkdirSync(directory, { recursive: true })
  if (uuid) {
    mkdirSync(join(directory, 'dm'))
    writeFileSync(join(directory, 'dm/uuid'), `${uuid}\n`)
  }
  for (const one of madeOf) mkdirSync(join(directory, 'slaves', one), { recursive: true })
}

function look(...lines: readonly string[]): boolean | null {
  const file = join(base, 'mountinfo')
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
  return isEncrypted(join(base, 'data/storage/shop'), base, file)
}

const at = (place: string, number: string, type = 'ext4', source = '/dev/x') =>
  `1 2 ${number} / ${place} rw - ${type} ${source} rw`

describe('whether the disk of a volume is encrypted', () => {
  test('no, on a plain disk', () => {
    device('8:1', 'sda1')
    expect(look(at('/', '8:1'))).toBe(false)
  })

  test('yes, on LUKS', () => {
    device('253:0', 'dm-0', 'CRYPT-LUKS2-0123-root')
    expect(look(at('/', '253:0'))).toBe(true)
  })

  test('yes, on LVM on LUKS', () => {
    device('253:1', 'dm-1', 'LVM-abc', ['dm-0'])
    device('253:0', 'dm-0', 'CRYPT-LUKS2-0123-root', ['sda1'])
    device('8:1', 'sda1')
    expect(look(at('/', '253:1'))).toBe(true)
  })

  test('no, on LVM of which only a part is on LUKS', () => {
    device('253:1', 'dm-1', 'LVM-abc', ['dm-0', 'sda1'])
    device('253:0', 'dm-0', 'CRYPT-LUKS2-0123-root')
    device('8:1', 'sda1')
    expect(look(at('/', '253:1'))).toBe(false)
  })

  test('as on the file system that is nearest above it', () => {
    device('8:1', 'sda1')
    device('253:0', 'dm-0', 'CRYPT-LUKS2-0123-data')
    expect(
      look(at('/', '8:1'), at(join(base, 'data'), '253:0'), at(join(base, 'dat'), '8:1')),
    ).toBe(true)
  })

  test('yes, on gocryptfs', () => {
    expect(look(at('/', '0:50', 'fuse.gocryptfs', '/srv/cipher'))).toBe(true)
  })

  test.each([
    ['on ZFS', at('/', '0:50', 'zfs', 'tank/data')],
    ['on a network', at('/', '0:50', 'nfs4', 'host:/x')],
    ['on a disk that /sys does not show', at('/', '9:9')],
    ['on a device that does not exist', at('/', '0:50', 'btrfs', '/dev/does/not/exist')],
    ['without a line', ''],
  ])('unknown, %s', (_, line) => expect(look(line)).toBeNull())

  test('unknown, where fscrypt is set up', () => {
    device('8:1', 'sda1')
    mkdirSync(join(base, 'data/.fscrypt'), { recursive: true })
    expect(look(at(join(base, 'data'), '8:1'))).toBeNull()
  })
})
