import { basename } from 'node:path'
import { KnownError } from '../core/errors'

/** A failure of the host and how to fix it, by the error code of the system. */
const TROUBLES: Readonly<Record<string, readonly [string, string]>> = {
  ENOSPC: [
    'no space left, or no inodes',
    'Free some space or inodes (see `df -h` and `df -i`), then run this again: it continues.',
  ],
  EDQUOT: ['the disk quota is used up', 'Raise the quota or free some space, then run this again.'],
  EROFS: [
    'the file system is read-only',
    'See `dmesg` for the reason. Make it writable, then run this again.',
  ],
  EIO: ['the disk failed to read or write', 'See `dmesg`: the disk may be failing.'],
  EUCLEAN: ['the file system is damaged', 'See `dmesg`, then repair it with fsck.'],
  EACCES: ['not permitted', 'Check its owner and mode (`ls -ld`), then run this again.'],
  EPERM: ['not permitted', 'Check whether it is immutable (`lsattr -d`), then run this again.'],
}

/** Codes that Node has no name for, by their Linux numbers. */
const NUMBERED: Readonly<Record<number, string>> = { 117: 'EUCLEAN', 122: 'EDQUOT' }

/**
 * Converts a failure of the host to an error with a fix; returns any other error unchanged. `place` is
 * the path to show, for files that are opened by another path.
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

/** The same, for code that expects only failures of the host: throws any other error again. */
export function knownError(thrown: unknown): KnownError {
  const error = toKnownError(thrown)
  if (error instanceof KnownError) return error
  throw error
}
