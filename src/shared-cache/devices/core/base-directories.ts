import { baseDirectoryName } from '../../catalogue/core/system'
import { baseKey } from './cdi'
import { type KnownBase, directoryFor } from './bases'

/** A directory inside caches that was made for the builds on one base image. */
export interface BaseDirectory {
  /** Its name, `base-` and the key of the base. */
  readonly room: string
  /** The base that it was made for; null for one that is not remembered any more. */
  readonly base: KnownBase | null
  /** Whether no build is given it any more: the base's system is known by now, or nobody builds on it. */
  readonly isStale: boolean
}

/** What is known of the directory of a base image. */
export function baseDirectory(known: readonly KnownBase[], room: string): BaseDirectory {
  const base = known.find((one) => baseDirectoryName(baseKey(one)) === room) ?? null
  return { room, base, isStale: base === null || directoryFor(base).room !== room }
}

/** What a person calls the directory of a base image. `lastUsed` in milliseconds since the epoch. */
export function baseLabel({ base, isStale }: BaseDirectory, lastUsed: number | null): string {
  if (base === null) {
    const since = lastUsed === null ? 'for long' : `since ${day(lastUsed)}`
    return `a base image that nobody has built on ${since}`
  }
  const { reference, platform, system } = base
  const image = platform === '' ? reference : `${reference} for ${platform}`
  return isStale
    ? `${image}, whose builds use ${system} now`
    : `${image}, whose system is not known`
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
