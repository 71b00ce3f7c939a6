import { basename } from 'node:path'
import { KnownError } from '../core/errors'

/** What a host's own trouble is called, and what a person does about it; by the system's code. */
const TROUBLES: Readonly<Record<string, readonly [string, string]>> = {
  ENOSPC: [
    'no space left, or no inodes',
    'Free some (`df -h`, `df -i`), then run this again: it completes what was begun.',
  ],
  EDQUOT: ['the disk quota is used up', 'Raise it or free some, then run this again.'],
  EROFS: [
    'the file system is read-only',
    'See `dmesg` for why; make it writable, then run this again.',
  ],
  EIO: ['the disk failed to read or write', 'See `dmesg`: the disk may be failing.'],
  EUCLEAN: ['the file system is damaged', 'See `dmesg`; fsck mends it.'],
  EACCES: ['not permitted', 'See who owns it (`ls -ld`), then run this again.'],
  EPERM: ['not permitted', 'See whether it is immutable (`lsattr -d`), then run this again.'],
}

/** Codes that Node's own library does not know, by their numbers on Linux. */
const NUMBERED: Readonly<Record<number, string>> = { 117: 'EUCLEAN', 122: 'EDQUOT' }

/**
 * A failure of the system that is no defect, as an error that a person can act on; any other error as
 * it is. `place` is the path that a person knows, for many are reached by another.
 */
export function toKnownError(error: unknown, place?: string): unknown {
  if (!(error instanceof Error) || error instanceof KnownError) return error
  const { code = '', errno = 0, path } = error as NodeJS.ErrnoException
  const trouble = TROUBLES[NUMBERED[-errno] ?? code]
  if (!trouble) return error
  const [what, hint] = trouble
  const shown = place ?? (path?.startsWith('/proc/') ? basename(path) : path)
  return new KnownError(shown === undefined ? `The disk: ${what}` : `${shown}: ${what}`, {
    hint,
    cause: error,
  })
}

/** What was thrown, as an error that a person can act on. Throws it again where it is a defect. */
export function knownError(thrown: unknown): KnownError {
  const error = toKnownError(thrown)
  if (error instanceof KnownError) return error
  throw error
}
