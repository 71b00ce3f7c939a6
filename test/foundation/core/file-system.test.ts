import { describe, expect, test } from 'vitest'
import { fileSystemOf } from '../../../src/foundation/core/file-system'

const MOUNTINFO = `
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
23 22 0:5 / /var rw,relatime - xfs /dev/vdb rw,attr2
24 23 0:6 / /var/lib\\040x rw - vfat /dev/vdc rw
25 22 0:7 / /mnt ro,noexec master:3 propagate_from:2 - btrfs /dev/vdd rw
26 22 0:8 / /mnt rw - ext4 /dev/vde rw,noacl
broken line
`

describe('the file system of a path', () => {
  test.each([
    ['/', 'ext4'],
    ['/home/me', 'ext4'],
    ['/var', 'xfs'],
    ['/var/lib/dokku', 'xfs'],
    ['/variable', 'ext4'],
    ['/var/lib x/y', 'vfat'],
  ])('%s is on %s', (path, type) => {
    expect(fileSystemOf(MOUNTINFO, path)?.type).toBe(type)
  })

  test('a later mount hides an earlier one, with the options of both parts', () => {
    expect(fileSystemOf(MOUNTINFO, '/mnt/a')).toEqual({
      mountPoint: '/mnt',
      type: 'ext4',
      options: ['rw', 'rw', 'noacl'],
    })
  })

  test('an empty text has none', () => {
    expect(fileSystemOf('', '/')).toBeUndefined()
  })
})
