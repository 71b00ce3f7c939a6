import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isEnforced, limitBytes } from '../../../../src/persist/limits/core/limit'
import {
  type Argv,
  SHOW_QGROUP,
  createSubvolume,
  limitProject,
  limitQgroup,
  reportProjects,
  setProject,
  showProjects,
} from '../../../../src/persist/limits/core/programs'
import {
  parseProjectLimit,
  parseProjects,
  parseQgroup,
} from '../../../../src/persist/limits/core/outputs'
import { FIRST_PROJECT, isOurProject, projectId } from '../../../../src/persist/limits/core/project'

const way = (type: 'ext4' | 'xfs') => ({ kind: 'project', type, mountPoint: '/my data' }) as const

describe('the call that', () => {
  test.each<[string, Argv, string[]]>([
    ['makes a subvolume', createSubvolume('a'), ['btrfs', 'subvolume', 'create', './a']],
    ['shows a qgroup', SHOW_QGROUP, ['btrfs', 'qgroup', 'show', '-rf', '--raw', '.']],
    ['limits a qgroup', limitQgroup(5120), ['btrfs', 'qgroup', 'limit', '5120', '.']],
    ['frees a qgroup', limitQgroup(null), ['btrfs', 'qgroup', 'limit', 'none', '.']],
    ['shows projects', showProjects(['a', '-b']), ['lsattr', '-pd', '--', 'a', '-b']],
    ['sets a project', setProject(7), ['chattr', '+P', '-p', '7', '.']],
    [
      'limits a project of ext4',
      limitProject(way('ext4'), 7, 5120),
      ['setquota', '-P', '7', '0', '5', '0', '0', '/my data'],
    ],
    [
      'frees a project of ext4',
      limitProject(way('ext4'), 7, null),
      ['setquota', '-P', '7', '0', '0', '0', '0', '/my data'],
    ],
    [
      'limits a project of XFS',
      limitProject(way('xfs'), 7, 5120),
      ['xfs_quota', '-x', '-c', 'limit -p bsoft=0 bhard=5k 7', '/my data'],
    ],
    [
      'frees a project of XFS',
      limitProject(way('xfs'), 7, null),
      ['xfs_quota', '-x', '-c', 'limit -p bsoft=0 bhard=0k 7', '/my data'],
    ],
    ['lists projects of ext4', reportProjects(way('ext4')), ['repquota', '-P', '-n', '/my data']],
    [
      'lists projects of XFS',
      reportProjects(way('xfs')),
      ['xfs_quota', '-x', '-c', 'report -p -n -N -b', '/my data'],
    ],
  ])('%s', (_, argv, expected) => expect(argv).toEqual(expected))
})

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

describe('a project ID', () => {
  const names = fc.stringMatching(/^[a-z0-9-]{1,45}$/)

  test('depends on the name alone, and is far above those of people', () => {
    expect(projectId('shop-data', new Set())).toBe(projectId('shop-data', new Set([1, 2])))
    expect(projectId('shop-data', new Set())).not.toBe(projectId('shop-logs', new Set()))
    fc.assert(
      fc.property(names, (name) => {
        const id = projectId(name, new Set())
        expect(isOurProject(id)).toBe(true)
        expect(id).toBeLessThan(2 ** 31)
        expect(id).toBeGreaterThanOrEqual(FIRST_PROJECT)
      }),
    )
  })

  test('is never one that another volume has', () => {
    fc.assert(
      fc.property(names, fc.nat(20), fc.array(fc.nat()), (name, near, others) => {
        const first = projectId(name, new Set())
        const taken = new Set([...others, ...Array.from({ length: near }, (_, i) => first + i)])
        const id = projectId(name, taken)
        expect(taken.has(id)).toBe(false)
        expect(isOurProject(id)).toBe(true)
      }),
    )
  })
})

describe('the bytes of a limit', () => {
  test.each<[number | null, number | null]>([
    [null, null],
    [0, 1024],
    [1, 1024],
    [1024, 1024],
    [1025, 2048],
    [10e9, 10_000_000_000],
  ])('for %s are %s', (size, bytes) => expect(limitBytes(size)).toBe(bytes))

  test('are the next whole block', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 50 }), (size) => {
        const bytes = limitBytes(size) ?? 0
        expect(bytes % 1024).toBe(0)
        expect(bytes - size).toBeGreaterThanOrEqual(0)
        expect(bytes - size).toBeLessThan(1024)
        expect(limitBytes(bytes)).toBe(bytes)
      }),
    )
  })

  test.each<[number | null, Parameters<typeof isEnforced>[1], boolean]>([
    [5000, { limit: 5120 }, true],
    [5000, { limit: null }, false],
    [5000, { limit: 9216 }, false],
    [5000, { watched: 'x' }, false],
    [5000, undefined, false],
    [null, { limit: null }, false],
  ])('of %s with %j are enforced: %s', (size, state, is) => {
    expect(isEnforced(size, state)).toBe(is)
  })
})
