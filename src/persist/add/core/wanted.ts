import { KnownError } from '../../../foundation/core/errors'
import { entryFor, nameForPath } from '../../volumes/core/names'
import {
  type AppVolume,
  type Volume,
  type VolumeOptions,
  DEFAULTS,
} from '../../volumes/core/volume'

/** What a person asked for. */
export interface Wanted {
  readonly app: string
  readonly path: string
  readonly name: string | undefined
  /** A volume without an app that becomes this one. */
  readonly from: Volume | null
  readonly options: Partial<Omit<VolumeOptions, 'path'>>
}

/** The volume of the app that is meant, if there is one. Throws KnownError where name and path differ. */
function existingVolume({ app, path, name }: Wanted, own: readonly AppVolume[]): AppVolume | null {
  const there = own.find((volume) => volume.path === path)
  const named = own.find((volume) => volume.name === name)
  if (there && name !== undefined && name !== there.name) {
    throw new KnownError(`${path} of ${app} is the volume ${there.name} already`, {
      hint: `Leave --name out, or remove it first: dokku persist:remove ${app} ${there.name}`,
    })
  }
  if (named && named.path !== path) {
    throw new KnownError(`The volume ${named.name} of ${app} is at ${named.path}`, {
      hint: 'Choose another name with --name.',
    })
  }
  return there ?? null
}

/** A name that no other volume of the app has. */
function freeName(path: string, own: readonly Volume[]): string {
  const first = nameForPath(path)
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? first : `${first.slice(0, 27)}-${number}`
    if (!own.some((volume) => volume.name === name)) return name
  }
}

/**
 * The volume as it should be: the existing one with the given options changed, or a new one. `own` are
 * the volumes of the app; `now` is in milliseconds since the epoch.
 */
export function wantedVolume(
  wanted: Wanted,
  own: readonly AppVolume[],
  isTaken: (entry: string) => boolean,
  now: number,
): AppVolume {
  const { app, path, from, options } = wanted
  const existing = existingVolume(wanted, own)
  if (existing && from) {
    throw new KnownError(`${path} of ${app} is the volume ${existing.name} already`, {
      hint: `Remove it first: dokku persist:remove ${app} ${existing.name}`,
    })
  }
  if (existing) return { ...existing, ...options }
  const name = wanted.name ?? freeName(path, own)
  if (from) return { ...from, ...options, app, name, path, formerApp: null, variable: null }
  return {
    entry: entryFor(app, name, isTaken),
    app,
    name,
    formerApp: null,
    path,
    ...DEFAULTS,
    ...options,
    filled: false,
    filledFor: null,
    ownerKnown: false,
    variable: null,
    created: now,
  }
}
