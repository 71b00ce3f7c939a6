import { callNow, NO_SUCH_PROGRAM } from '../../../foundation/process/call'
import { seenByOthers } from '../../../foundation/files/walker'

/** What a directory gives to all that is made in it, whatever the umask of who makes it. */
const OPEN_TO_ALL = 'u::rwX,g::rwX,o::rwX'

const LINES_OF_OPEN = ['default:user::rwx', 'default:group::rwx', 'default:other::rwx']

export type Acl = 'open' | 'closed' | 'unknown'

/** Whether the default ACLs of open directories open what is made in them; one call for all. */
export function readAcls(directories: readonly number[]): Acl[] {
  if (directories.length === 0) return []
  const paths = directories.map(seenByOthers)
  const options = ['--absolute-names', '--omit-header', '--numeric', '--']
  const { exit, stdout } = callNow('getfacl', [...options, ...paths])
  if (exit !== 0) return directories.map(() => 'unknown')
  // One block for each, a blank line behind it.
  const blocks = stdout.split('\n\n')
  return directories.map((_, index) => {
    const lines = (blocks[index] ?? '').split('\n')
    const mask = lines.find((line) => line.startsWith('default:mask::'))
    const open = LINES_OF_OPEN.every((line) => lines.includes(line))
    return open && (mask ?? 'default:mask::rwx') === 'default:mask::rwx' ? 'open' : 'closed'
  })
}

/**
 * Gives open directories the default ACL, and with `itself` the same rights on them. Gives back why
 * it did not work: no setfacl, or a file system that keeps no ACLs.
 */
export function openToAll(directories: readonly number[], itself: boolean): string | undefined {
  if (directories.length === 0) return undefined
  const wanted = OPEN_TO_ALL.split(',').map((entry) => `d:${entry}`)
  const acl = [...(itself ? [OPEN_TO_ALL] : []), ...wanted].join(',')
  const paths = directories.map(seenByOthers)
  const { exit, stderr } = callNow('setfacl', ['-m', acl, '--', ...paths])
  if (exit === 0) return undefined
  if (exit === NO_SUCH_PROGRAM) return 'setfacl is missing: install the package acl'
  if (/not supported/i.test(stderr)) {
    return 'this file system keeps no ACLs: apps that run as different users will refuse each other'
  }
  return stderr.trim().split('\n').at(-1)?.replace(/^.*: /, 'setfacl: ') ?? 'setfacl failed'
}
