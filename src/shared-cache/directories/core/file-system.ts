import type { FileSystem } from '../../../foundation/core/file-system'

/** Types without POSIX ACLs, or with ACLs that containers do not see. */
const WITHOUT_ACLS = ['vfat', 'msdos', 'exfat', 'ntfs', 'ntfs3', 'fuseblk', 'nfs4', 'cifs', '9p']

/** Whether a file system supports the default ACLs that sharing needs. */
export function keepsAcls({ type, options }: FileSystem): boolean {
  return !WITHOUT_ACLS.includes(type) && !options.includes('noacl')
}
