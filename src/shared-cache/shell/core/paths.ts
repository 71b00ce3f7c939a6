import { normalize } from 'node:path/posix'

/** What a shell replaces by the current directory. */
const HERE = /^(?:~\+|\$PWD|\$\{PWD\})(?=\/|$)/

/** A path from a directory, without `.` and `..`; the path alone where the directory is not known. */
export function absolute(path: string, from: string | null): string {
  const own = from === null ? path : path.replace(HERE, () => from)
  const rooted = /^[/~$`]/.test(own)
  const joined = rooted || from === null ? own : `${from}/${own}`
  const normal = normalize(joined)
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal
}
