import { describe, expect, test } from 'vitest'
import { keepsAcls } from '../../../../src/shared-cache/directories/core/file-system'

describe('ACLs', () => {
  test.each([
    ['ext4', [], true],
    ['xfs', ['rw'], true],
    ['zfs', ['xattr', 'posixacl'], true],
    ['zfs', ['xattr', 'noacl'], false],
    ['vfat', [], false],
    ['nfs4', [], false],
  ])('%s %j: %s', (type, options, kept) => {
    expect(keepsAcls({ mountPoint: '/', type, options })).toBe(kept)
  })
})
