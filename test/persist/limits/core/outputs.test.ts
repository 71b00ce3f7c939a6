import { describe, expect, test } from 'vitest'
import {
  parseProjectLimit,
  parseProjects,
  parseQgroup,
} from '../../../../src/persist/limits/core/outputs'

describe('the limit of a subvolume', () => {
  const table = (limit: string) => `Qgroupid    Referenced    Exclusive  Max referenced   Path 
--------    ----------    ---------  --------------   ---- 
0/256         16384        16384        ${limit}   a`
  test.each<[string, string, number | null]>([
    ['of btrfs-progs 6.2', table('20480000'), 20_480_000],
    ['none', table('none'), null],
    [
      'of older btrfs-progs',
      'qgroupid         rfer         excl     max_rfer \n--------         ----         ----     -------- \n0/257           16384        16384      1048576 ',
      1_048_576,
    ],
    ['of a group above it', '1/100 16384 16384 1048576', null],
    ['in nothing', '', null],
  ])('%s', (_, text, expected) => expect(parseQgroup(text)).toBe(expected))
})

describe('projects', () => {
  test('of directories', () => {
    const text = `1500000001 --------------e----P-- shop data
    0 --------------e------- -x
  200 ---------------------- .
lsattr: Operation not supported While reading flags on y`
    expect([...parseProjects(text)]).toEqual([
      ['shop data', { id: 1_500_000_001, inherited: true }],
      ['-x', { id: 0, inherited: false }],
      ['.', { id: 200, inherited: false }],
    ])
  })

  const REPQUOTA = `*** Report for project quotas on device /dev/vda
Project         used    soft    hard  grace    used  soft  hard  grace
----------------------------------------------------------------------
#0        --      20       0       0              2     0     0       
#1500000001 --       4       0      10              1     0     0       
#1500000002 +-      44       8      40  6days       1     0     0       
#15000000021 --      4       0      99              1     0     0       
#1500000003 --       4       0       0              1     0     0       `
  const XFS = `#0                   0          0          0     00 [--------]
#1500000001          4          0         10     00 [--------]
#1500000003          4          0          0     00 [--------]`
  test.each<[string, string, number, number | null]>([
    ['of repquota', REPQUOTA, 1_500_000_001, 10_240],
    ['of repquota, with a grace time', REPQUOTA, 1_500_000_002, 40_960],
    ['of repquota, without', REPQUOTA, 1_500_000_003, null],
    ['of repquota, that is not listed', REPQUOTA, 1_500_000_004, null],
    ['of xfs_quota', XFS, 1_500_000_001, 10_240],
    ['of xfs_quota, without', XFS, 1_500_000_003, null],
    ['of xfs_quota, that is not listed', XFS, 15, null],
  ])('the limit of a project %s', (_, text, id, expected) => {
    expect(parseProjectLimit(text, id)).toBe(expected)
  })
})
