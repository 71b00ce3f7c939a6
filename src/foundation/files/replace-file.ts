import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import { removeUnfinished, unfinishedName } from './unfinished'
import { codeOf } from './walker'

/** The text of a file; null if it does not exist. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** The names in a directory; none if it does not exist. */
export function namesIfThere(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/**
 * Replaces a file: writes another one beside it, then renames it. Readers see the old or the new content,
 * never a part of it, even after a kill, on a full disk, or if two processes replace it at once. Only for
 * directories that no one else writes to.
 */
export function replaceFile(path: string, content: string | Uint8Array, mode: number): void {
  removeUnfinished(dirname(path), basename(path))
  const beside = unfinishedName(path)
  rmSync(beside, { force: true })
  const fd = openSync(beside, 'wx', mode)
  try {
    writeFileSync(fd, content)
    // Ignore the umask.
    fchmodSync(fd, mode)
    fsyncSync(fd)
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  } finally {
    closeSync(fd)
  }
}

/** Replaces a file if its text differs. Returns whether it was replaced. */
export function putText(path: string, text: string, mode: number): boolean {
  if (readIfThere(path) === text) return false
  replaceFile(path, text, mode)
  return true
}
