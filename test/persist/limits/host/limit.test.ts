import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { projectId } from '../../../../src/persist/limits/core/project'
import {
  type Storage,
  makeLimitable,
  readLimit,
  setLimit,
} from '../../../../src/persist/limits/host/limit'
import { type QuotaDouble, makeQuotaDouble } from '../../../doubles/quota'

const PATH = process.env['PATH'] ?? ''
let base: string
let double: QuotaDouble
let fd: number
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'limits-'))
  mkdirSync(join(base, 'storage'))
  fd = openSync(join(base, 'storage'), 'r')
  double = makeQuotaDouble(base)
  process.env['PATH'] = `${double.bin}:${PATH}`
})
afterEach(() => {
  process.env['PATH'] = PATH
  closeSync(fd)
  rmSync(base, { recursive: true })
})

const on = (type: string, options = 'rw,prjquota'): Storage => ({
  ...{ fd, path: join(base, 'storage') },
  mountinfo: `30 1 8:1 / / rw - ${type} /dev/vda ${options}\n`,
})
const inode = (name: string) => statSync(join(base, 'storage', name)).ino
const ID = projectId('shop-data', new Set())

describe.each(['ext4', 'xfs'])('project quotas of %s, with doubles of the programs', (type) => {
  const set = (id: number, blocks: number) =>
    type === 'ext4'
      ? `setquota -P ${id} 0 ${blocks} 0 0 /`
      : `xfs_quota -x -c limit -p bsoft=0 bhard=${blocks}k ${id} /`

  test('a new volume gets a project of its own, then a limit, another one, and none', async () => {
    expect(await readLimit(on(type), 'shop-data')).toEqual({ limit: null })
    await makeLimitable(on(type), 'shop-data', 'shop-data')
    expect(await readLimit(on(type), 'shop-data')).toEqual({ limit: null })
    writeFileSync(join(base, 'storage/shop-data/file'), 'x')
    for (const bytes of [5120, 9216, null]) {
      await setLimit(on(type), 'shop-data', bytes)
      expect(await readLimit(on(type), 'shop-data')).toEqual({ limit: bytes })
    }
    expect(double.changes()).toEqual([`chattr +P -p ${ID} .`, set(ID, 5), set(ID, 9), set(ID, 0)])
  })

  test('two volumes whose names give the same ID have different ones', async () => {
    await makeLimitable(on(type), 'other', 'other')
    double.setProject(inode('other'), ID)
    await makeLimitable(on(type), 'shop-data', 'shop-data')
    await setLimit(on(type), 'shop-data', 5120)
    expect(double.changes().slice(1)).toEqual([`chattr +P -p ${ID + 1} .`, set(ID + 1, 5)])
  })

  test('an empty directory without a project joins one', async () => {
    mkdirSync(join(base, 'storage/shop-data'))
    await setLimit(on(type), 'shop-data', 5120)
    expect(double.changes()).toEqual([`chattr +P -p ${ID} .`, set(ID, 5)])
  })

  test('the directory that a volume is filled in has the project of the volume', async () => {
    await makeLimitable(on(type), '.filling-shop-data', 'shop-data')
    expect(double.changes()).toEqual([`chattr +P -p ${ID} .`])
  })

  test('no limit is removed from a directory without a project', async () => {
    mkdirSync(join(base, 'storage/shop-data'))
    await setLimit(on(type), 'shop-data', null)
    expect(double.changes()).toEqual([])
  })

  test('a limit that the file system does not keep is an error', async () => {
    await makeLimitable(on(type), 'shop-data', 'shop-data')
    const program = type === 'ext4' ? 'setquota' : 'xfs_quota'
    writeFileSync(join(double.bin, program), '#!/bin/sh\nexit 0\n')
    await expect(setLimit(on(type), 'shop-data', 5120)).rejects.toThrow(
      'The limit of the volume shop-data cannot be enforced: the file system did not keep it',
    )
  })
})

describe('a volume that is only watched, with doubles of the programs', () => {
  test.each<[string, string, string, () => void, string]>([
    [
      'without the option',
      'ext4',
      'rw',
      () => undefined,
      '/ (ext4) is not mounted with the option',
    ],
    ['on another file system', 'tmpfs', 'rw', () => undefined, 'tmpfs has no limits'],
    [
      'with files from before',
      'ext4',
      'rw,prjquota',
      () => writeFileSync(join(base, 'storage/shop-data/file'), 'x'),
      'its files do not belong to a project',
    ],
    [
      'in a project of the administrator',
      'xfs',
      'rw,prjquota',
      () => double.setProject(inode('shop-data'), 42),
      'its directory belongs to the project 42',
    ],
    [
      'without the program of ext4',
      'ext4',
      'rw,prjquota',
      () => {
        double.without('repquota')
        process.env['PATH'] = double.bin
      },
      'repquota is missing: apt-get install quota',
    ],
    [
      'without the program of XFS',
      'xfs',
      'rw,prjquota',
      () => {
        double.without('xfs_quota')
        process.env['PATH'] = double.bin
      },
      'xfs_quota is missing: apt-get install xfsprogs',
    ],
    [
      'as a plain directory of btrfs',
      'btrfs',
      'rw',
      () => undefined,
      'its directory is not a btrfs subvolume',
    ],
  ])('%s', async (_, type, options, change, why) => {
    mkdirSync(join(base, 'storage/shop-data'))
    change()
    const state = await readLimit(on(type, options), 'shop-data')
    expect('watched' in state && state.watched).toContain(why)
    await expect(setLimit(on(type, options), 'shop-data', 5120)).rejects.toThrow(why)
    expect(double.changes()).toEqual([])
  })
})

describe('a directory', () => {
  test('is made where it cannot be limited', async () => {
    process.env['PATH'] = '/nowhere'
    for (const type of ['ext4', 'xfs', 'btrfs', 'tmpfs']) {
      await makeLimitable(on(type), type, type)
      expect(statSync(join(base, 'storage', type)).mode & 0o777).toBe(0o755)
    }
  })

  test('that exists stays as it is', async () => {
    mkdirSync(join(base, 'storage/shop-data'), 0o700)
    await makeLimitable(on('ext4'), 'shop-data', 'shop-data')
    expect(statSync(join(base, 'storage/shop-data')).mode & 0o777).toBe(0o700)
    expect(double.changes()).toEqual([])
  })

  test('that is missing has no limit', async () => {
    await expect(setLimit(on('ext4'), 'shop-data', 5120)).rejects.toThrow('is missing')
  })

  test('that is a link is refused, and nothing changes where it leads', async () => {
    mkdirSync(join(base, 'outside'))
    symlinkSync(join(base, 'outside'), join(base, 'storage/shop-data'))
    await makeLimitable(on('ext4'), 'shop-data', 'shop-data')
    for (const act of [
      () => readLimit(on('ext4'), 'shop-data'),
      () => setLimit(on('ext4'), 'shop-data', 5120),
    ]) {
      await expect(act()).rejects.toThrow('shop-data is a symbolic link')
    }
    expect(double.changes()).toEqual([])
  })
})
