import { posix } from 'node:path'

/** A path from a directory, without `.` and `..`; the path alone where the directory is not known. */
export function absolute(path: string, from: string | null): string {
  const rooted = /^[/~$`]/.test(path)
  const joined = rooted || from === null ? path : `${from}/${path}`
  const normal = posix.normalize(joined)
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal
}
