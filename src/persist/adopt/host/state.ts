import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readIfThere, replaceFile } from '../../../foundation/files/replace-file'
import type { VolumeServer } from '../../volumes/host/server'
import { type AdoptState, formatState, parseState } from '../core/state'

/** The files of the adoption of one app. */
export interface StateFile {
  /** What an earlier run left; null if it left nothing. Throws KnownError if it cannot be read. */
  read(): AdoptState | null
  write(state: AdoptState): void
  delete(): void
  /** Makes a directory to lock, so that one adoption of an app runs at a time. Returns its path. */
  place(): string
  /** The same for what a run starts: it may outlive a run that is killed. */
  psPlace(): string
  /** Where the process that starts an app again writes what it does. */
  readonly log: string
}

export function openState({ platform }: VolumeServer, app: string): StateFile {
  const directory = join(platform.root, 'adopt')
  const lock = join(directory, app)
  const file = `${lock}.json`
  const make = (path: string) => {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return path
  }
  return {
    // Names of apps have no slashes: the caller has found the app in Dokku's list.
    place: () => make(lock),
    psPlace: () => make(join(lock, 'ps')),
    log: `${lock}.log`,
    read() {
      const text = readIfThere(file)
      return text === null ? null : parseState(app, text)
    },
    write: (state) => replaceFile(file, formatState(state), 0o600),
    delete: () => rmSync(file, { force: true }),
  }
}
