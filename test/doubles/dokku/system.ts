import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Where a system's programs are. */
export const SYSTEM_PATH = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Makes the double in `root` a system that lacks some programs: a directory of links to all others. */
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
