import { describe, expect, test } from 'vitest'
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
