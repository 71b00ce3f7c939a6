import { normalize } from 'node:path/posix'

/** A path from a directory, without `.` and `..`; the path alone where the directory is not known. */
export function absolute(path: string, from: string | null): string {
  const rooted = /^[/~$`]/.test(path)
  const joined = rooted || from === null ? path : `${from}/${path}`
  const normal = normalize(joined)
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal
}
