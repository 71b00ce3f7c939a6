import { fstatSync, readdirSync, statSync } from 'node:fs'
import { MEASURE_FORMAT } from '../../../foundation/core/entry'
import { KnownError } from '../../../foundation/core/errors'
import { find, readEntries } from '../../../foundation/files/find'
import { inVolume } from '../../volumes/host/directories'
import { type Freed, makeFreed } from '../core/freed'
import type { Cleanable } from '../core/request'

/** What was deleted, or would be. */
export interface Cleaned extends Freed {
  /** Files of that age that stay, because a process has them open. */
  readonly open: number
  /** False if something could not be read or deleted. */
  readonly complete: boolean
}

/** More open files than a command line holds. */
const MOST_OPEN = 20_000

const names = (path: string): readonly string[] => {
  try {
    return readdirSync(path)
  } catch {
    // The process has ended.
    return []
  }
}

function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/**
 * Inodes of files on a device that a process has open: an app would go on writing into a deleted log file.
 * Needs root, to see the processes of other users.
 */
function openInodes(device: number): ReadonlySet<number> {
  const open = new Set<number>()
  for (const process of names('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of names(`/proc/${process}/fd`)) {
      const stats = statOf(`/proc/${process}/fd/${fd}`)
      if (stats?.isFile() && stats.dev === device) open.add(stats.ino)
    }
  }
  return open
}

/** `1700000000.123` for find. */
const seconds = (time: number) =>
  `@${Math.floor(time / 1000)}.${String(time % 1000).padStart(3, '0')}`

/**
 * Conditions of find: a regular file that was not modified after `before`, in milliseconds since the epoch,
 * and for a cache not read since. Most disks note reading at most once a day.
 */
function conditions(kind: Cleanable, before: number): readonly string[] {
  const unread = ['!', '-newerat', seconds(before)]
  return ['-type', 'f', '!', '-newermt', seconds(before), ...(kind === 'cache' ? unread : [])]
}

/**
 * Deletes old files in an open directory, or counts them in a dry run. Follows no link, does not leave the
 * file system, keeps directories. find deletes a name in the directory that it has open, so a directory
 * that is swapped for a link leads nowhere else.
 */
async function cleanOpen(
  directory: number,
  kind: Cleanable,
  before: number,
  isDry: boolean,
): Promise<Cleaned> {
  const inodes = [...openInodes(fstatSync(directory).dev)]
  if (inodes.length > MOST_OPEN) {
    throw new KnownError(
      `${inodes.length} files of this disk are open, too many to spare them all`,
      {
        hint: 'Stop what has them open, then run this again.',
      },
    )
  }
  const freed = makeFreed()
  let open = 0
  const old = conditions(kind, before)
  const isOpen = inodes.flatMap((inode, index) => [
    ...(index > 0 ? ['-o'] : []),
    '-inum',
    String(inode),
  ])
  const count = ['-printf', MEASURE_FORMAT]
  if (inodes.length > 0) {
    await find(
      directory,
      [...old, '(', ...isOpen, ')', ...count],
      readEntries(() => (open += 1)),
    )
  }
  const spared = inodes.length > 0 ? ['!', '(', ...isOpen, ')'] : []
  const complete = await find(
    directory,
    [...old, ...spared, ...(isDry ? [] : ['-delete']), ...count],
    readEntries(freed.add),
  )
  return { ...freed.total(), open, complete }
}

/** The same for a volume, by its entry. Throws KnownError if its directory is missing, or a link. */
export function cleanDirectory(
  dataDirectory: string,
  entry: string,
  ...what: [kind: Cleanable, before: number, isDry: boolean]
): Promise<Cleaned> {
  return inVolume(dataDirectory, entry, (directory) => cleanOpen(directory, ...what))
}
