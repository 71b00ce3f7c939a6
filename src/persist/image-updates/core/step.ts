import { type Entry, isInside } from './manifest'

/** What is at a path of a volume. */
export interface State extends Omit<Entry, 'type'> {
  /** `other` is a pipe, socket or device. */
  readonly type: Entry['type'] | 'other'
  /** '' for a file that is larger than any version of the image: it was not read. */
  readonly hash: string
  /** Number of names in a directory; 0 for anything else. */
  readonly names: number
}

/**
 * The name of what a merge is about to place, in the directory of the volume. One name is enough,
 * because steps are applied one after the other. The next run removes what a killed one left.
 */
export const PART = '.persist-part'

/**
 * A change to a volume. Each is applied only if what is at the path is still as expected; null if
 * nothing is expected there.
 */
export type Step =
  | { readonly kind: 'remove'; readonly path: string; readonly expected: Entry }
  /** Removes an empty directory. */
  | { readonly kind: 'rmdir'; readonly path: string; readonly expected: Entry }
  | { readonly kind: 'mkdir'; readonly path: string; readonly wanted: Entry }
  /** Sets owner and mode. */
  | {
      readonly kind: 'set'
      readonly path: string
      readonly expected: Entry
      readonly wanted: Entry
    }
  | PutStep

/** Creates or replaces a file or link. */
export interface PutStep {
  readonly kind: 'write' | 'link'
  readonly path: string
  /** The path in the image: another one for a version that is placed beside a file. */
  readonly from: string
  readonly expected: Entry | null
  readonly wanted: Entry
}

/** The image's path that a step belongs to. */
export function sourceOf(step: Step): string {
  return step.kind === 'write' || step.kind === 'link' ? step.from : step.path
}

/** A step as the root helper reads it. `mtime` of a file is in seconds since the epoch. */
export type HelperStep = Step & { readonly mtime?: number }

const isId = (value: unknown) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32 - 1

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false
  const { type, hash, uid, gid, mode, size } = value as Record<string, unknown>
  if (!isId(uid) || !isId(gid) || !isId(mode) || Number(mode) > 0o7777) return false
  if (!Number.isSafeInteger(size) || Number(size) < 0 || typeof hash !== 'string') return false
  if (type === 'directory') return hash === ''
  if (type === 'link') return hash !== '' && !hash.includes('\0')
  return type === 'file' && /^[0-9a-f]{64}$/.test(hash)
}

const KINDS: readonly unknown[] = ['remove', 'rmdir', 'mkdir', 'set', 'write', 'link']

/** Checks a step that the root helper got. Returns undefined for anything else than a step. */
export function readStep(value: unknown): HelperStep | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const step = value as Record<string, unknown>
  const { kind, path, expected = null, wanted = null, mtime = 0 } = step
  if (!KINDS.includes(kind) || typeof path !== 'string' || typeof mtime !== 'number')
    return undefined
  if (!isInside(path) || path === PART || path.startsWith(`${PART}/`)) return undefined
  if (path === '' && kind !== 'set') return undefined
  if (expected !== null && !isEntry(expected)) return undefined
  if (wanted !== null && !isEntry(wanted)) return undefined
  const needsWanted = kind !== 'remove' && kind !== 'rmdir'
  const needsExpected = !needsWanted || kind === 'set'
  if ((needsExpected && expected === null) || (needsWanted && wanted === null)) return undefined
  const type = { write: 'file', link: 'link', mkdir: 'directory' }[String(kind)]
  if (type !== undefined && wanted?.type !== type) return undefined
  return value as HelperStep
}

/** A question to the root helper: a path, and the size above which a file's content does not matter. */
export function formatQuestion(path: string, largest: number): string {
  return `${largest} ${path}\0`
}

/** Parses the field of a question. Returns undefined if it is invalid. */
export function parseQuestion(field: string): { path: string; largest: number } | undefined {
  const [, size, path = ''] = /^(\d{1,16}) ([^]*)$/.exec(field) ?? []
  return size === undefined || !isInside(path) ? undefined : { path, largest: Number(size) }
}
