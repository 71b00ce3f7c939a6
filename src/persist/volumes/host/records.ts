import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { namesIfThere, readIfThere, replaceFile } from '../../../foundation/files/replace-file'
import { isEntry } from '../core/names'
import { type AppVolume, type Volume, formatVolume, parseVolume } from '../core/volume'

/**
 * The records of volumes: one file for each, named by its storage entry, in the plugin's data directory.
 * Volumes of destroyed apps keep theirs.
 */
export interface Records {
  /** The record of a volume; null if there is none. Throws KnownError if it cannot be read. */
  get(entry: string): Volume | null
  /** All records, sorted by entry. Throws KnownError if one cannot be read. */
  all(): readonly Volume[]
  /**
   * Those of an app, sorted by path. Throws KnownError if one of them cannot be read; those of other apps
   * do not matter.
   */
  of(app: string): readonly AppVolume[]
  put(volume: Volume): void
  delete(entry: string): void
}

const END = '.json'

/** Whether a record names an app anywhere, also a damaged one. */
function mayBelongTo(text: string, app: string): boolean {
  return text.includes(JSON.stringify(app))
}

/** The records in a plugin's data directory. */
export function makeRecords(dataDirectory: string): Records {
  const directory = join(dataDirectory, 'volumes')
  const fileOf = (entry: string) => {
    if (!isEntry(entry)) throw new Error(`not the name of a volume: ${entry}`)
    return join(directory, entry + END)
  }
  const get = (entry: string) => {
    const text = readIfThere(fileOf(entry))
    return text === null ? null : parseVolume(entry, text)
  }
  const entries = () =>
    namesIfThere(directory)
      .filter((name) => name.endsWith(END))
      .map((name) => name.slice(0, -END.length))
      .filter(isEntry)
      .sort()
  return {
    get,
    all: () => entries().flatMap((entry) => get(entry) ?? []),
    of: (app) =>
      entries()
        .flatMap((entry) => {
          const text = readIfThere(fileOf(entry))
          return text !== null && mayBelongTo(text, app) ? [parseVolume(entry, text)] : []
        })
        .filter((volume): volume is AppVolume => volume.app === app)
        .sort((a, b) => (a.path < b.path ? -1 : 1)),
    put(volume) {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      replaceFile(fileOf(volume.entry), formatVolume(volume), 0o600)
    },
    delete: (entry) => rmSync(fileOf(entry), { force: true }),
  }
}
