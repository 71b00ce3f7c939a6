import { describe, expect, test } from 'vitest'
import { fileSystemOf } from '../../../../src/foundation/core/file-system'
import { wayOf } from '../../../../src/persist/limits/core/way'

const mount = (type: string, options: string) =>
  `30 1 8:1 / /data rw,relatime shared:1 - ${type} /dev/vda ${options}\n`
const at = (mountinfo: string) => wayOf(fileSystemOf(mountinfo, '/data/storage/shop-data'))

describe('the way to limit a directory', () => {
  test.each([
    ['btrfs', 'rw,space_cache=v2', { kind: 'btrfs', mountPoint: '/data' }],
    ['xfs', 'rw,prjquota', { kind: 'project', type: 'xfs', mountPoint: '/data' }],
    ['xfs', 'rw,attr2,pquota', { kind: 'project', type: 'xfs', mountPoint: '/data' }],
    ['ext4', 'rw,prjquota', { kind: 'project', type: 'ext4', mountPoint: '/data' }],
    [
      'xfs',
      'rw,noquota',
      { kind: 'watched', reason: expect.stringContaining('prjquota') as string },
    ],
    [
      'xfs',
      'rw,pqnoenforce',
      { kind: 'watched', reason: expect.stringContaining('prjquota') as string },
    ],
    [
      'xfs',
      'rw,usrquota',
      { kind: 'watched', reason: expect.stringContaining('prjquota') as string },
    ],
    ['ext4', 'rw', { kind: 'watched', reason: expect.stringContaining('/data (ext4)') as string }],
    ['ext4', 'rw,usrquota,grpquota', { kind: 'watched', reason: expect.anything() as string }],
    ['ext3', 'rw,prjquota', { kind: 'watched', reason: 'ext3 has no limits' }],
    ['tmpfs', 'rw', { kind: 'watched', reason: 'tmpfs has no limits' }],
    ['zfs', 'rw', { kind: 'watched', reason: 'zfs has no limits' }],
  ])('on %s with %s', (type, options, way) => {
    expect(at(mount(type, options))).toEqual(way)
  })

  test('is not known without a file system', () => {
    expect(at('')).toEqual({ kind: 'watched', reason: 'its file system is not known' })
  })

  test('is that of a disk which is mounted at the directory itself', () => {
    const inner = '31 30 8:2 / /data/storage/shop-data rw - btrfs /dev/vdb rw\n'
    expect(at(mount('ext4', 'rw') + inner)).toMatchObject({ kind: 'btrfs' })
  })
})
