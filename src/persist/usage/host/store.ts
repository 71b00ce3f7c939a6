import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { namesIfThere, readIfThere, replaceFile } from '../../../foundation/files/replace-file'
import { withLock } from '../../../foundation/process/lock'
import { isEntry } from '../../volumes/core/names'
import { type Sample, addSample, formatSamples, parseSamples } from '../core/history'

/** Remembered sizes of volumes: a file for each, named by its storage entry, in the plugin's data. */
export interface UsageStore {
  /** The samples of a volume, oldest first; [] if there are none. */
  get(entry: string): readonly Sample[]
  /** Throws KnownError if the file cannot be written. */
  add(entry: string, sample: Sample): Promise<void>
  /** Forgets a volume: another one of the same name must not inherit its history. */
  delete(entry: string): void
  /** Forgets the volumes that are not in the list. */
  keep(entries: ReadonlySet<string>): void
}

const END = '.json'

/** The remembered sizes in a plugin's data directory. */
export function makeUsageStore(dataDirectory: string): UsageStore {
  const directory = join(dataDirectory, 'usage')
  const fileOf = (entry: string) => {
    if (!isEntry(entry)) throw new Error(`not the name of a volume: ${entry}`)
    return join(directory, entry + END)
  }
  const get = (entry: string) => parseSamples(readIfThere(fileOf(entry)) ?? '')
  return {
    get,
    async add(entry, sample) {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      // The scheduled run and a person may measure at the same time.
      await withLock(directory, 'the remembered sizes of volumes', () => {
        replaceFile(fileOf(entry), formatSamples(addSample(get(entry), sample)), 0o600)
        return Promise.resolve()
      })
    },
    delete: (entry) => rmSync(fileOf(entry), { force: true }),
    keep(entries) {
      for (const name of namesIfThere(directory)) {
        const entry = name.endsWith(END) ? name.slice(0, -END.length) : null
        if (entry !== null && !entries.has(entry)) rmSync(join(directory, name), { force: true })
      }
    },
  }
}
