import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { codeOf } from './walker'

/** The text of a file; null where there is none. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/**
 * Puts something in the place of a file, by writing it beside and renaming: whoever reads the file
 * sees the old one or the new one, never a part, nor does a full disk or a kill leave one. For
 * directories that nobody else writes to.
 */
export function replaceFile(path: string, content: string | Uint8Array, mode: number): void {
  const beside = `${path}.new`
  rmSync(beside, { force: true })
  const fd = openSync(beside, 'wx', mode)
  try {
    writeFileSync(fd, content)
    // Whatever the umask is.
    fchmodSync(fd, mode)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(beside, path)
}

/** Puts a text in the place of a file where that has another. Gives back whether it had. */
export function putText(path: string, text: string, mode: number): boolean {
  if (readIfThere(path) === text) return false
  replaceFile(path, text, mode)
  return true
}
