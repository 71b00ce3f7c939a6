/** A mounted file system, as the kernel's `mountinfo` tells it. */
export interface FileSystem {
  readonly mountPoint: string
  readonly type: string
  readonly options: readonly string[]
}

/** A path in `mountinfo` has its blanks as octal numbers. */
function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(parseInt(digits, 8)),
  )
}

function parseLine(line: string): FileSystem[] {
  const [before = '', after = ''] = line.split(' - ')
  const [, , , , mountPoint, options] = before.split(' ')
  const [type, , superOptions = ''] = after.split(' ')
  if (!mountPoint || !options || !type) return []
  const all = [...options.split(','), ...superOptions.split(',')].filter(Boolean)
  return [{ mountPoint: unescape(mountPoint), type, options: all }]
}

/**
 * The file system that an absolute path without links is on; undefined where the text says nothing
 * of it. The text is that of `/proc/self/mountinfo` (proc(5)): later lines lie over earlier ones.
 */
export function fileSystemOf(mountinfo: string, path: string): FileSystem | undefined {
  const holds = ({ mountPoint }: FileSystem) =>
    mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`)
  return mountinfo
    .split('\n')
    .flatMap(parseLine)
    .filter(holds)
    .reduce<FileSystem | undefined>(
      (best, next) => (best && best.mountPoint.length > next.mountPoint.length ? best : next),
      undefined,
    )
}

/** Types that have no POSIX ACLs, or keep them where containers do not see them. */
const WITHOUT_ACLS = ['vfat', 'msdos', 'exfat', 'ntfs', 'ntfs3', 'fuseblk', 'nfs4', 'cifs', '9p']

/** Whether a file system keeps the default ACLs that sharing needs. */
export function keepsAcls({ type, options }: FileSystem): boolean {
  return !WITHOUT_ACLS.includes(type) && !options.includes('noacl')
}
