/** A mounted file system in the kernel's `mountinfo`. */
export interface FileSystem {
  readonly mountPoint: string
  readonly type: string
  readonly options: readonly string[]
}

/** Paths in `mountinfo` have octal codes instead of blanks. */
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
 * The file system of an absolute path without links; undefined if the text does not have it. The text
 * is that of `/proc/self/mountinfo` (proc(5)): later lines hide earlier ones.
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
