import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readIfThere, replaceFile } from '../../../foundation/files/replace-file'

/**
 * The limits that file systems enforce, as last set: a file for each volume, in the plugin's data. Reports
 * read them without root.
 */
export interface LimitStore {
  /** In bytes; null if nothing is enforced. */
  get(entry: string): number | null
  /** Throws KnownError if the file cannot be written. */
  put(entry: string, bytes: number | null): void
}

/** The enforced limits in a plugin's data directory. `entry` is the name of a volume (`isEntry`). */
export function makeLimitStore(dataDirectory: string): LimitStore {
  const directory = join(dataDirectory, 'limits')
  const fileOf = (entry: string) => join(directory, `${entry}.json`)
  return {
    get(entry) {
      const [, bytes] =
        /^\{"version":1,"bytes":(\d{1,16})\}$/m.exec(readIfThere(fileOf(entry)) ?? '') ?? []
      return bytes === undefined ? null : Number(bytes)
    },
    put(entry, bytes) {
      if (bytes === null) return rmSync(fileOf(entry), { force: true })
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      replaceFile(fileOf(entry), `${JSON.stringify({ version: 1, bytes })}\n`, 0o600)
    },
  }
}
