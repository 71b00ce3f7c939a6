import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from './walker'

/** Files that are being written, beside the ones that they will replace: `NAME.PROCESS-NUMBER.new`. */
const UNFINISHED = /^(.*)\.(\d+)-\d+\.new$/s

let writes = 0

/** A name for the new content of a file. No other process uses it, and this one only once. */
export function unfinishedName(name: string): string {
  return `${name}.${process.pid}-${(writes += 1)}.new`
}

/** Whether a name is one for the new content of a file. */
export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name)
}

/** Removes what processes were writing when they were killed: for one file, or for all in a directory. */
export function removeUnfinished(directory: string, file?: string): void {
  for (const name of namesIn(directory)) {
    const [, of, writer] = UNFINISHED.exec(name) ?? []
    if (of === undefined || (file !== undefined && of !== file)) continue
    if (!existsSync(`/proc/${writer}`)) rmSync(join(directory, name), { force: true })
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}
