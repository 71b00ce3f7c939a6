import type { Mount } from '../../../foundation/core/app-changes'
import { KnownError } from '../../../foundation/core/errors'
import { entryFor, nameForPath, parsePath } from '../../volumes/core/names'
import { type AppVolume, type Volume, DEFAULTS } from '../../volumes/core/volume'
import { overlap } from './places'

/** Where data is: in the directory of a storage entry, in a Docker volume, or in a volume of this plugin. */
export interface Source {
  readonly kind: 'entry' | 'volume' | 'own'
  readonly name: string
}

/** What the root helper found at a source. */
export interface Found {
  /** Its directory on the host. */
  readonly directory: string
  readonly bytes: number
  readonly files: number
}

/** A mount of an app that may be taken over. */
export interface Candidate {
  readonly source: Source
  /** What Dokku knows of it; null for an anonymous volume. */
  readonly mount: Mount | null
  /** Where containers see it. */
  readonly path: string
  readonly readonly: boolean
  /** What is there; a text says why it cannot be taken over. */
  readonly found: Found | string
}

/** A directory of the host that something else uses, and what that is, such as `the app shop`. */
export interface OtherUse {
  readonly directory: string
  readonly user: string
}

/** What a plan depends on. */
export interface AdoptFacts {
  readonly app: string
  readonly candidates: readonly Candidate[]
  /** Volumes of persist that the app has. */
  readonly own: readonly Volume[]
  readonly others: readonly OtherUse[]
  readonly isTaken: (entry: string) => boolean
  /** Volumes that a killed run had begun to fill: they keep their names. */
  readonly begun: readonly Item[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** One mount that becomes a volume. */
export interface Item {
  readonly source: Source
  readonly mount: Mount | null
  readonly volume: AppVolume
  readonly found: Found
}

interface Skipped {
  readonly path: string
  /** The storage entry or Docker volume. */
  readonly source: string
  readonly reason: string
}

export interface AdoptPlan {
  readonly items: readonly Item[]
  readonly skipped: readonly Skipped[]
  /** Bytes that the copies need. */
  readonly bytes: number
  readonly files: number
}

/** Options that say the same of a volume. */
const KEPT_OPTIONS = new Set(['rw', 'z', 'Z'])

/** Why a candidate has to stay what it is; null if it can become a volume. */
function reasonFor(
  { path, mount, found }: Candidate,
  rivals: readonly Candidate[],
  others: readonly OtherUse[],
): string | null {
  if (typeof found === 'string') return found
  const option = (mount?.options ?? '').split(',').find((one) => one && !KEPT_OPTIONS.has(one))
  if (option) return `a volume has no option ${option}`
  try {
    if (parsePath(path, true) !== path) return 'its path in the container is not a plain path'
  } catch (error) {
    if (error instanceof KnownError) return error.message
    throw error
  }
  const same = rivals.find((one) => one.path === path)
  if (same) return `${same.source.name} is mounted at ${path} too`
  const rival = rivals.find(
    (one) => typeof one.found !== 'string' && overlap(one.found.directory, found.directory),
  )
  if (rival) return `the same files are mounted at ${rival.path} too, and would become two copies`
  const other = others.find(({ directory }) => overlap(directory, found.directory))
  return other ? `${other.user} uses the same files, and would keep the old ones` : null
}

function nameFor(path: string, names: ReadonlySet<string>): string {
  const first = nameForPath(path)
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? first : `${first.slice(0, 26)}-${number}`
    if (!names.has(name)) return name
  }
}

const isSame = (a: Source, b: Source) => a.kind === b.kind && a.name === b.name

/** Throws KnownError where nothing that could be taken over is mounted at one of the paths. */
function checkPaths(paths: readonly string[], facts: AdoptFacts): void {
  const missing = paths.find((path) => !facts.candidates.some((one) => one.path === path))
  if (missing === undefined) return
  const is = facts.own.find(({ path }) => path === missing)
  throw new KnownError(
    is
      ? `${missing} of ${facts.app} is the volume ${is.name} already`
      : `Nothing is mounted at ${missing} in ${facts.app}`,
    { hint: `To see its mounts: dokku storage:list ${facts.app}` },
  )
}

/**
 * Plans which mounts of an app become volumes. With `paths` only those at these paths in containers.
 * Every candidate is either taken over or skipped with a reason. Throws KnownError for a path at which
 * nothing is mounted.
 */
export function planAdoption(facts: AdoptFacts, paths: readonly string[]): AdoptPlan {
  checkPaths(paths, facts)
  const names = new Set(facts.own.map(({ name }) => name))
  const entries = new Set<string>()
  const items: Item[] = []
  const skipped: Skipped[] = []
  for (const candidate of facts.candidates) {
    const { source, mount, path, found } = candidate
    if (paths.length > 0 && !paths.includes(path)) continue
    const rivals = facts.candidates.filter((one) => one !== candidate)
    const reason = reasonFor(candidate, rivals, facts.others)
    if (reason !== null || typeof found === 'string') {
      skipped.push({ path, source: source.name, reason: reason ?? '' })
      continue
    }
    const before = facts.begun.find((one) => one.volume.path === path && isSame(one.source, source))
    const volume = before?.volume ?? newVolume(facts, candidate, names, entries)
    names.add(volume.name)
    entries.add(volume.entry)
    items.push({ source, mount, volume, found })
  }
  const total = (of: (found: Found) => number) =>
    items.reduce((sum, item) => sum + of(item.found), 0)
  return {
    items,
    skipped,
    bytes: total(({ bytes }) => bytes),
    files: total(({ files }) => files),
  }
}

function newVolume(
  { app, isTaken, now }: AdoptFacts,
  { path, readonly }: Candidate,
  names: ReadonlySet<string>,
  entries: ReadonlySet<string>,
): AppVolume {
  const name = nameFor(path, names)
  const entry = entryFor(app, name, (one) => entries.has(one) || isTaken(one))
  return {
    ...{ entry, app, name, formerApp: null, path },
    ...DEFAULTS,
    // The files have their owners already.
    ...{
      owner: 'image',
      readonly,
      filled: true,
      filledFor: null,
      ownerKnown: true,
      variable: null,
      created: now,
    },
  }
}

/** Bytes and inodes that stay free on a disk. */
const RESERVE = { bytes: 200_000_000, inodes: 1000 }

/** Throws KnownError if the copies do not fit on the disk of the volumes. */
export function checkSpace(
  { bytes, files }: Pick<AdoptPlan, 'bytes' | 'files'>,
  disk: { readonly freeBytes: number; readonly freeInodes: number | null },
  format: (bytes: number) => string,
): void {
  const hint = 'Free some space, or name the paths to take over first.'
  if (bytes + RESERVE.bytes > disk.freeBytes) {
    throw new KnownError(
      `The copies need ${format(bytes + RESERVE.bytes)}, and the disk of the volumes has ${format(disk.freeBytes)} free`,
      { hint },
    )
  }
  if (disk.freeInodes !== null && files + RESERVE.inodes > disk.freeInodes) {
    throw new KnownError(
      `The copies need ${files + RESERVE.inodes} inodes, and the disk of the volumes has ${disk.freeInodes} free`,
      { hint },
    )
  }
}
