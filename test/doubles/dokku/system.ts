import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Directories of a system's programs. */
export const SYSTEM_PATH = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Hides programs from the double in `root`: a directory has links to all others. */
export function hidePrograms(root: string, names: readonly string[]): void {
  const part = join(root, 'system')
  rmSync(part, { recursive: true, force: true })
  mkdirSync(part)
  const programs = new Map<string, string>()
  for (const directory of SYSTEM_PATH) {
    for (const name of readdirSync(directory)) {
      if (!names.includes(name) && !programs.has(name)) programs.set(name, join(directory, name))
    }
  }
  for (const [name, path] of programs) symlinkSync(path, join(part, name))
}
