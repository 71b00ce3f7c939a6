import { KnownError } from '../../../foundation/core/errors'
import { OWN_DIRECTORY } from '../../catalogue/core/catalogue'
import { type Place, TAG } from './places'

/** What is wrong with cache directories, and what to do about it. */

/** What exists at a place. */
export interface Found {
  readonly kind: 'directory' | 'file' | 'link' | 'other'
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly isEmpty: boolean
  /** Whether this user may write it, or why nobody may. */
  readonly access: 'writable' | 'read-only' | 'immutable' | 'refused'
  /** `unknown` if getfacl is missing or failed. */
  readonly acl: 'open' | 'closed' | 'unknown'
}

export interface Problem {
  readonly kind:
    | 'missing'
    /** A link, or a file instead of a directory or the reverse: only its owner can remove it. */
    | 'in the way'
    | 'owner'
    | 'mode'
    /** No default ACL; with the path '' this host cannot read or set any. */
    | 'acl'
    /** Not in spite of its mode: only a person can change the reason. With the path '' all caches. */
    | 'not writable'
    /** Directories inside are closed to other users. */
    | 'closed inside'
    /** A directory of files that containers of different systems must not share. */
    | 'shared by systems'
    /** This user may not inspect it. */
    | 'unreadable'
  /** Text after the path in messages. */
  readonly problem: string
}

/** A problem of the cache directories, or one that was fixed. */
export interface CacheProblem extends Problem {
  /** null for the root of all caches. */
  readonly cache: string | null
  /** Relative to the root; '' is the root itself. */
  readonly path: string
}

/** What is said of a link that is in the way. */
export const LINK = 'a symbolic link'

function octal(mode: number): string {
  return `0${mode.toString(8).padStart(3, '0')}`
}

/** The problems at a place; empty if none. A tag may have any owner. */
export function problemsAt(place: Place, found: Found | undefined): Problem[] {
  if (!found) return [{ kind: 'missing', problem: 'missing' }]
  if (place.kind === 'link') {
    // Anything in place of a link was made by the tool, which works without the shared part.
    if (found.kind === 'link' || place.content !== OWN_DIRECTORY) return []
    const problem = 'shared by containers of all systems, which need different files in it'
    return [{ kind: 'shared by systems', problem }]
  }
  if (found.kind !== place.kind) {
    const problem = found.kind === 'link' ? LINK : `not a ${place.kind}`
    return [{ kind: 'in the way', problem }]
  }
  // A full disk or a kill can leave an empty file.
  if (place.content !== '') return found.isEmpty ? [{ kind: 'missing', problem: 'empty' }] : []
  return [
    ...ownerProblem(place, found),
    ...modeProblem(place, found),
    ...aclProblem(place, found),
    ...accessProblem(place, found),
  ]
}

const REFUSALS = {
  'read-only': 'the file system is read-only',
  immutable: 'immutable (see `lsattr -d`)',
  refused: 'this user may not write it, in spite of its mode',
} as const

function accessProblem(place: Place, { access, mode }: Found): Problem[] {
  const isShared = (place.mode & 0o002) !== 0
  if (!isShared || access === 'writable') return []
  // Then the mode is the problem.
  if (access === 'refused' && mode !== place.mode) return []
  return [{ kind: 'not writable', problem: REFUSALS[access] }]
}

/** The same problems; one instead of many where all caches are on a read-only file system. */
export function readOnlyOnce(problems: readonly CacheProblem[], caches: number): CacheProblem[] {
  const isOfDisk = ({ kind, problem }: CacheProblem) =>
    kind === 'not writable' && problem === REFUSALS['read-only']
  const concerned = new Set(problems.filter(isOfDisk).map(({ cache }) => cache))
  if (caches === 0 || concerned.size < caches) return [...problems]
  const [{ kind, problem }] = problems.filter(isOfDisk) as [CacheProblem]
  return [{ cache: null, path: '', kind, problem }, ...problems.filter((one) => !isOfDisk(one))]
}

function ownerProblem(place: Place, found: Found): Problem[] {
  if (found.uid === place.uid && found.gid === place.gid) return []
  const problem = `owner ${found.uid}:${found.gid} instead of ${place.uid}:${place.gid}`
  return [{ kind: 'owner', problem }]
}

function modeProblem(place: Place, found: Found): Problem[] {
  if (found.mode === place.mode) return []
  return [{ kind: 'mode', problem: `mode ${octal(found.mode)} instead of ${octal(place.mode)}` }]
}

function aclProblem(place: Place, found: Found): Problem[] {
  if (!place.open || found.acl !== 'closed') return []
  return [{ kind: 'acl', problem: 'no default ACL that opens new directories to all users' }]
}

/** The only problem on a host that cannot read or set ACLs. */
export function hostWithoutAcls(problem: string): CacheProblem {
  return { cache: null, path: '', kind: 'acl', problem }
}

/** Whether making the directories fixes a problem. ACLs that the host cannot set are not fixed. */
export function isFixable({ kind, path }: CacheProblem): boolean {
  return kind !== 'not writable' && (kind !== 'acl' || path !== '')
}

export const ACL_PACKAGE =
  'the package acl is missing, so apps that run as different users cannot share files. To fix: sudo apt-get install acl && dokku shared-cache:setup'

/**
 * Whether a build cannot do with a cache that has this problem. The mode and owner of directories above a
 * cache keep users of the host out, not builds. Backup programs alone read the tag. A host without ACLs can
 * have apps of one user: doctor names it.
 */
export function keepsBuildsOut({ cache, path, kind }: CacheProblem): boolean {
  if (path.endsWith(`/${TAG}`) || (kind === 'acl' && path === '')) return false
  return cache !== null || (kind !== 'owner' && kind !== 'mode')
}

/** What to do about a problem that setup does not fix, as a command; null for one that it does. */
export function commandFor(root: string, { kind, path, problem }: CacheProblem): string | null {
  const place = path === '' ? root : `${root}/${path}`
  if (kind === 'in the way') return `mv ${place} ${place}.old`
  if (kind !== 'not writable') return null
  if (problem === REFUSALS.immutable) return `chattr -i ${place}`
  if (problem !== REFUSALS['read-only']) return `ls -ld ${place}; getfacl ${place}`
  return `dmesg | tail; mount -o remount,rw $(findmnt -no TARGET -T ${place})`
}

/**
 * Throws KnownError for a link, or a file of another kind, in place of what must exist, and for what
 * cannot be written.
 */
export function refuseObstacles(root: string, problems: readonly CacheProblem[]): void {
  for (const found of problems) {
    const { kind, path, problem } = found
    const place = path === '' ? root : `${root}/${path}`
    if (kind === 'not writable') {
      throw new KnownError(`${place}: ${problem}`, {
        hint: `Nothing was changed. To fix: ${commandFor(root, found) ?? ''}; then run this again.`,
      })
    }
    if (kind !== 'in the way') continue
    throw new KnownError(path === '' ? problem : `${place} is ${problem}`, {
      hint: `Move it away (mv ${place} ${place}.old), then run setup again.`,
    })
  }
}
