import { accessSync, chmodSync, closeSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Programs } from '../../catalogue/core/programs'
import { at, codeOf, openDirectory } from '../../../foundation/files/walker'
import { putText, readIfThere } from '../../../foundation/files/replace-file'

/** Opens a directory that only root can write; a missing one is made. */
export function openOrMake(parent: number, name: string): number {
  try {
    mkdirSync(at(parent, name), { mode: 0o755 })
    // After the umask.
    chmodSync(at(parent, name), 0o755)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  return openDirectory(parent, name)
}

/** Writes the programs of a cache below the open root of the caches. Run by root. */
export function placePrograms(top: number, { directory, files }: Programs): void {
  const opened = openOrMake(top, directory)
  try {
    // Replaced by rename: a build may be running them.
    for (const { name, text, mode } of files) putText(at(opened, name), text, mode)
  } finally {
    closeSync(opened)
  }
}

/** Whether the programs of a cache are there and current. */
export function hasPrograms(root: string, { directory, files }: Programs): boolean {
  return files.every(({ name, text }) => readIfThere(join(root, directory, name)) === text)
}

/** What keeps the programs of a cache from being run, such as a missing one; null for nothing. */
export function programProblem(root: string, { directory, files }: Programs): string | null {
  const paths = files.map(({ name, mode }) => ({ path: join(root, directory, name), mode }))
  for (const { path, mode } of [{ path: join(root, directory), mode: 0 }, ...paths]) {
    try {
      accessSync(path, mode & 0o111 ? constants.X_OK : constants.R_OK)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return `${path} is missing`
      return `${path} cannot be run: check its mode, and whether its file system is mounted noexec`
    }
  }
  return null
}
