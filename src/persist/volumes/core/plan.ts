import type { Mount } from '../../../foundation/core/app-changes'
import { KnownError } from '../../../foundation/core/errors'
import { limitBytes } from '../../limits/core/limit'
import { isBelow } from './names'
import { type AppVolume, type Kind, type User, type Volume, formatVolume } from './volume'

/** What exists of a volume. */
export interface Facts {
  /** Its stored record; null for a new volume. */
  readonly record: Volume | null
  /** Its directory; null if it does not exist. */
  readonly directory: Directory | null
  /** Limit of the directory in bytes, null for none; undefined where none can be enforced. */
  readonly limit: number | null | undefined
  /** The directory that its Docker volume shows; undefined if there is no such volume, null if it has none. */
  readonly device: string | null | undefined
  /** The directory that its Docker volume should show, as Docker sees it. */
  readonly wantedDevice: string
  /** Path or volume of its storage entry; undefined if there is none. */
  readonly entryPath: string | undefined
  /** All mounts of the app. */
  readonly mounts: readonly Mount[]
  readonly env: Readonly<Record<string, string>>
  /** The app's image; null before its first deploy. */
  readonly image: ImageFacts | null
}

/** The directory of a volume. */
export interface Directory extends User {
  /** Permission bits, such as `0755`. */
  readonly mode: string
  readonly isEmpty: boolean
}

export interface ImageFacts {
  readonly id: string
  /** Owner of a new volume and its files; null to keep what the image has. */
  readonly owner: User | null
  /** Whether that is certain before the app has run. */
  readonly ownerKnown: boolean
}

/** One change. Each can be repeated, so a killed run is completed by the next one. */
export type Step =
  | { readonly kind: 'record'; readonly volume: AppVolume }
  | { readonly kind: 'directory'; readonly owner: User | null; readonly mode: string | null }
  | {
      readonly kind: 'fill'
      readonly image: string
      readonly owner: User | null
      readonly mode: string | null
    }
  | { readonly kind: 'owner'; readonly owner: User | null; readonly mode: string | null }
  | { readonly kind: 'limit'; readonly bytes: number | null }
  | { readonly kind: 'volume'; readonly replace: boolean }
  | { readonly kind: 'entry' }
  | { readonly kind: 'detach'; readonly mount: Mount }
  | { readonly kind: 'attach' }
  | { readonly kind: 'set'; readonly name: string; readonly value: string }
  | { readonly kind: 'unset'; readonly name: string }

/** Whether a mount is that of a volume: by its entry, or before Dokku 0.38 by the Docker volume. */
export function isMountOf({ entry }: Pick<Volume, 'entry'>, mount: Mount): boolean {
  return mount.entry === entry || mount.hostPath === entry
}

/** The variable that names the volume of a kind. */
const VARIABLES: Readonly<Record<Kind, string>> = {
  data: 'DATA_DIR',
  cache: 'CACHE_DIR',
  logs: 'LOG_DIR',
  state: 'STATE_DIR',
}

/**
 * The variable of a volume: none for one of a single process, one that follows the image, and where the
 * app has set the variable or another volume has it.
 */
export function variableFor(
  volume: Volume,
  others: readonly Volume[],
  env: Readonly<Record<string, string>>,
): string | null {
  const name = VARIABLES[volume.kind]
  if (volume.process !== null || volume.followImage) return null
  if (others.some(({ variable }) => variable === name)) return null
  const value = env[name]
  const isOurs = value === volume.path || volume.variable === name
  return value === undefined || isOurs ? name : null
}

/**
 * Throws KnownError if a path cannot be added to an app: something else is mounted there, or around it.
 * `own` are the names of the entry that may be there.
 */
export function checkPlace(path: string, mounts: readonly Mount[], own: string | null): void {
  for (const mount of mounts) {
    if (mount.entry !== null && mount.entry === own) continue
    if (mount.containerPath === path) {
      throw new KnownError(`${path} is mounted already: ${mount.hostPath}`, {
        hint: 'To make a volume of it: dokku persist:adopt. To remove it: dokku storage:unmount.',
      })
    }
    if (isBelow(path, mount.containerPath)) {
      throw new KnownError(`${path} is inside of ${mount.containerPath}, which is mounted`, {
        hint: 'Files there are in that mount already. Choose another path.',
      })
    }
  }
}

/** Mode of the directory of a volume: sensitive data is closed to other users by default. */
function modeOf({ mode, sensitive }: Volume): string | null {
  return mode ?? (sensitive ? '0700' : null)
}

function explicitOwner({ owner }: Volume): User | null {
  return typeof owner === 'object' ? owner : null
}

const isOwned = (directory: Directory, owner: User | null) =>
  owner === null || (directory.uid === owner.uid && directory.gid === owner.gid)

/** Whether an image is copied into a volume: once, and never over files that are there. */
function isFilledNow({ filled }: Volume, { directory }: Pick<Facts, 'directory'>): boolean {
  return !filled && (directory?.isEmpty ?? true)
}

/** The limit, in bytes of whole blocks. `now` is the one that is set. */
function limitSteps({ size }: Volume, now: Facts['limit']): readonly Step[] {
  const bytes = limitBytes(size)
  return now === undefined || now === bytes ? [] : [{ kind: 'limit', bytes }]
}

/** The directory and its content. */
function contentSteps(volume: AppVolume, { directory, limit, image }: Facts): readonly Step[] {
  const mode = modeOf(volume)
  const owner = explicitOwner(volume)
  if (image && isFilledNow(volume, { directory })) {
    return [
      ...(directory ? [] : [{ kind: 'directory', owner: null, mode: null } as const]),
      { kind: 'fill', image: image.id, owner: image.owner, mode },
      // The filled directory is a new one.
      ...limitSteps(volume, limit === undefined ? undefined : null),
      { kind: 'record', volume: { ...volume, filled: true, ownerKnown: image.ownerKnown } },
    ]
  }
  if (!directory) return [{ kind: 'directory', owner, mode }, ...limitSteps(volume, limit)]
  const isRight = isOwned(directory, owner) && (mode === null || mode === directory.mode)
  return [
    ...(isRight ? [] : [{ kind: 'owner', owner, mode } as const]),
    ...limitSteps(volume, limit),
    // Files that were there before are the volume's content: no image is copied over them.
    ...(volume.filled || directory.isEmpty
      ? []
      : [{ kind: 'record', volume: { ...volume, filled: true, ownerKnown: true } } as const]),
  ]
}

/** Docker's volume on top of the directory. */
function volumeSteps({ device, wantedDevice }: Facts): readonly Step[] {
  if (device === wantedDevice) return []
  return [{ kind: 'volume', replace: device !== undefined }]
}

function attachSteps(volume: AppVolume, { mounts }: Facts): readonly Step[] {
  const own = mounts.filter((mount) => isMountOf(volume, mount))
  const isRight = (mount: Mount) =>
    mount.containerPath === volume.path && mount.readonly === volume.readonly
  const wrong = own.filter((mount) => mount.containerPath !== volume.path)
  return [
    ...wrong.map((mount): Step => ({ kind: 'detach', mount })),
    ...(own.some(isRight) ? [] : [{ kind: 'attach' } as const]),
  ]
}

function variableSteps(volume: AppVolume, { record, env }: Facts): readonly Step[] {
  const former = record?.variable ?? null
  const gone =
    former !== null && former !== volume.variable && env[former] === record?.path
      ? [{ kind: 'unset', name: former } as const]
      : []
  const { variable, path } = volume
  if (variable === null || env[variable] === path) return gone
  return [...gone, { kind: 'set', name: variable, value: path }]
}

function isSame(a: Volume | null, b: Volume): boolean {
  return a !== null && formatVolume(a) === formatVolume(b)
}

/**
 * The steps that make a volume what it should be; [] if it is. The record comes first: whatever is made
 * after it is known, also after a kill.
 */
export function planVolume(wanted: AppVolume, facts: Facts): readonly Step[] {
  const { image } = facts
  // Whom the files are given to is known before they are copied: a kill in between loses nothing.
  const volume =
    image && isFilledNow(wanted, facts) ? { ...wanted, filledFor: image.owner } : wanted
  return [
    ...(isSame(facts.record, volume) ? [] : [{ kind: 'record', volume } as const]),
    ...contentSteps(volume, facts),
    ...volumeSteps(facts),
    ...(facts.entryPath === volume.entry ? [] : [{ kind: 'entry' } as const]),
    ...attachSteps(volume, facts),
    ...variableSteps(volume, facts),
  ]
}

/** Whether running containers have to be started again to see these steps. */
export function needsRestart(steps: readonly Step[]): boolean {
  return steps.some(({ kind }) => ['detach', 'attach', 'set', 'unset'].includes(kind))
}
