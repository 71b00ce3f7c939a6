import { callNow, NO_SUCH_PROGRAM } from '../../../foundation/process/call'
import { ACL_PACKAGE } from '../core/problems'
import { seenByOthers } from '../../../foundation/files/walker'

/** The ACL that everything made in a directory inherits, whatever the umask. */
const OPEN_TO_ALL = 'u::rwX,g::rwX,o::rwX'

const LINES_OF_OPEN = ['default:user::rwx', 'default:group::rwx', 'default:other::rwx']

export type Acl = 'open' | 'closed' | 'unknown'

/** Whether the default ACLs of open directories open everything made in them; one call for all. */
export function readAcls(directories: readonly number[]): Acl[] {
  if (directories.length === 0) return []
  const paths = directories.map(seenByOthers)
  const options = ['--absolute-names', '--omit-header', '--numeric', '--']
  const { exit, stdout } = callNow('getfacl', [...options, ...paths])
  if (exit !== 0) return directories.map(() => 'unknown')
  // One block per directory, separated by blank lines.
  const blocks = stdout.split('\n\n')
  return directories.map((_, index) => {
    const lines = (blocks[index] ?? '').split('\n')
    const mask = lines.find((line) => line.startsWith('default:mask::'))
    const open = LINES_OF_OPEN.every((line) => lines.includes(line))
    return open && (mask ?? 'default:mask::rwx') === 'default:mask::rwx' ? 'open' : 'closed'
  })
}

/**
 * Sets the default ACL of open directories, and with `itself` their own ACL too. Returns why it failed:
 * no setfacl, or a file system without ACLs.
 */
export function openToAll(directories: readonly number[], itself: boolean): string | undefined {
  if (directories.length === 0) return undefined
  const wanted = OPEN_TO_ALL.split(',').map((entry) => `d:${entry}`)
  const acl = [...(itself ? [OPEN_TO_ALL] : []), ...wanted].join(',')
  const paths = directories.map(seenByOthers)
  const { exit, stderr } = callNow('setfacl', ['-m', acl, '--', ...paths])
  if (exit === 0) return undefined
  if (exit === NO_SUCH_PROGRAM) return ACL_PACKAGE
  if (/not supported/i.test(stderr)) {
    return 'this file system has no ACLs, so apps that run as different users cannot share files. To fix: move Dokku to ext4 or xfs'
  }
  return stderr.trim().split('\n').at(-1)?.replace(/^.*: /, 'setfacl: ') ?? 'setfacl failed'
}
