import { baseDirectoryName } from '../../catalogue/core/system'
import { baseKey } from './cdi'
import { type KnownBase, directoryFor } from './bases'

/** A directory inside caches for the builds on one base image. */
export interface BaseDirectory {
  /** Its name, `base-` and the key of the base. */
  readonly directory: string
  /** Its base image; null for a forgotten one. */
  readonly base: KnownBase | null
  /** Whether builds no longer use it: the system of the base is known now, or no app uses the base. */
  readonly isStale: boolean
}

/** What is known about the directory of a base image. */
export function baseDirectory(known: readonly KnownBase[], directory: string): BaseDirectory {
  const base = known.find((one) => baseDirectoryName(baseKey(one)) === directory) ?? null
  const isStale = base === null || directoryFor(base).directory !== directory
  return { directory, base, isStale }
}

/** Describes the directory of a base image. `lastUsed` in milliseconds since the epoch. */
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
