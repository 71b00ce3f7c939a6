import { KnownError } from '../../../foundation/core/errors'

/** What is in a volume. It decides what backups include, and what `clean` may delete. */
export const KINDS = ['data', 'cache', 'logs', 'state'] as const
export type Kind = (typeof KINDS)[number]

/** A user and group, as numbers of the container. */
export interface User {
  readonly uid: number
  readonly gid: number
}

/** Who owns the files of a volume. */
export type OwnerRule =
  /** The user that the app's processes run as. */
  | 'auto'
  /** As in the image. */
  | 'image'
  | User

/** What a person can choose for a volume. */
export interface VolumeOptions {
  /** Where containers see it: absolute, without `.`, `..` and a slash at the end. */
  readonly path: string
  readonly kind: Kind
  readonly owner: OwnerRule
  /** Mode of its directory, such as `0750`; null for that of the image. */
  readonly mode: string | null
  /** Limit in bytes; null for none. */
  readonly size: number | null
  readonly readonly: boolean
  /** The type of process that gets it; null for all. */
  readonly process: string | null
  /** Whether a missing backup of it is a failure. */
  readonly critical: boolean
  /** Whether other users of the host must not read it. */
  readonly sensitive: boolean
  /** Whether files that nobody changed follow the image's updates. */
  readonly followImage: boolean
  readonly description: string
}

/**
 * A volume of an app: a directory in Dokku's storage, a Docker volume that shows it, and a storage entry
 * that names the volume. All three have the name `entry`.
 */
export interface Volume extends VolumeOptions {
  /** Unique on the server. A rename of the app does not change it. */
  readonly entry: string
  /** The app; null if it was destroyed or gave the volume up. */
  readonly app: string | null
  /** Unique in the app. */
  readonly name: string
  /** The app that had it last, for a volume without an app. */
  readonly formerApp: string | null
  /** Whether the files of the image were copied into it, or it had files of its own before. */
  readonly filled: boolean
  /** The user who got these files; null where they kept the users of the image. */
  readonly filledFor: User | null
  /**
   * Whether the rule `auto` has found the user of the app. An entry point that changes the user shows it
   * only when the app runs for the first time.
   */
  readonly ownerKnown: boolean
  /** The variable that was set to its path, such as `DATA_DIR`; null for none. */
  readonly variable: string | null
  /** Milliseconds since the epoch. */
  readonly created: number
}

/** A volume of an app that exists. */
export type AppVolume = Volume & { readonly app: string }

/** The defaults of `persist:add`. */
export const DEFAULTS: Omit<VolumeOptions, 'path'> = {
  kind: 'data',
  owner: 'auto',
  mode: null,
  size: null,
  readonly: false,
  process: null,
  critical: false,
  sensitive: false,
  followImage: false,
  description: '',
}

const VERSION = 1

/** The text of a record. Keys are sorted by their place in the type, so equal volumes have equal texts. */
export function formatVolume(volume: Volume): string {
  return `${JSON.stringify({ version: VERSION, ...volume }, null, 1)}\n`
}

function isOwner(value: unknown): value is OwnerRule {
  return value === 'auto' || value === 'image' || isUser(value)
}

function isUser(value: unknown): value is User {
  if (typeof value !== 'object' || value === null) return false
  const { uid, gid } = value as { uid?: unknown; gid?: unknown }
  return Number.isInteger(uid) && Number.isInteger(gid)
}

const isText = (value: unknown) => typeof value === 'string'
const isFlag = (value: unknown) => typeof value === 'boolean'
const orNull = (is: (value: unknown) => boolean) => (value: unknown) => value === null || is(value)

const FIELDS: Readonly<Record<keyof Volume, (value: unknown) => boolean>> = {
  entry: isText,
  app: orNull(isText),
  name: isText,
  formerApp: orNull(isText),
  path: isText,
  kind: (value) => KINDS.includes(value as Kind),
  owner: isOwner,
  mode: orNull(isText),
  size: orNull(Number.isSafeInteger),
  readonly: isFlag,
  process: orNull(isText),
  critical: isFlag,
  sensitive: isFlag,
  followImage: isFlag,
  description: isText,
  filled: isFlag,
  filledFor: orNull(isUser),
  ownerKnown: isFlag,
  variable: orNull(isText),
  created: Number.isFinite,
}

/**
 * Parses the record of the volume `entry`. Throws KnownError for one that this version cannot read: it
 * was written by a later version, or damaged.
 */
export function parseVolume(entry: string, text: string): Volume {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch (cause) {
    throw unreadable(entry, 'it is not JSON', cause)
  }
  if (typeof read !== 'object' || read === null) throw unreadable(entry, 'it is not an object')
  const { version, ...fields } = read as Record<string, unknown>
  if (version !== VERSION) throw unreadable(entry, `its version is ${String(version)}`)
  const odd = Object.entries(FIELDS).find(([key, is]) => !is(fields[key]))
  if (odd) throw unreadable(entry, `its ${odd[0]} is ${JSON.stringify(fields[odd[0]])}`)
  if (fields['entry'] !== entry) throw unreadable(entry, 'it is that of another volume')
  return fields as unknown as Volume
}

function unreadable(entry: string, why: string, cause?: unknown): KnownError {
  return new KnownError(`Cannot read the record of the volume ${entry}: ${why}`, {
    hint: 'Update persist, or restore the record from a backup of data/persist/volumes.',
    cause,
  })
}
