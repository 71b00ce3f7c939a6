/** What a walk says about one thing in a cache. */
export interface Entry {
  readonly type: 'file' | 'directory' | 'link' | 'other'
  /** Bytes on the disk: its blocks, not its length. */
  readonly bytes: number
  readonly inode: string
  /** Hard links to it, within the cache or not. */
  readonly links: number
  /** Milliseconds since the epoch. relatime moves the first at most once a day. */
  readonly accessed: number
  readonly modified: number
  /** Changes when the thing is replaced or written: inode and modification time to the nanosecond. */
  readonly identity: string
  /** Relative to the cache's directory; '' is that directory itself, and every path of a measure. */
  readonly path: string
  /** Where a symbolic link leads, as it is written there. */
  readonly target: string
}

/**
 * The format of `find -printf` that `parseEntry` reads: numbers, then the path and a link's target,
 * each ended by NUL, because a name may hold anything else.
 */
export const WALK_FORMAT = '%y %b %i %n %A@ %T@ %P\\0%l\\0'

/** The same without names: for totals, where a planted path a megabyte long costs nothing. */
export const MEASURE_FORMAT = '%y %b %i %n %A@ %T@ \\0\\0'

const TYPES: Readonly<Record<string, Entry['type']>> = { f: 'file', d: 'directory', l: 'link' }

/** `1700000000.1234567890` of find as whole milliseconds, with no rounding on the way; 0 before 1970. */
function milliseconds(time: string): number {
  const point = time.indexOf('.')
  return Math.max(0, Number(time.slice(0, point) + time.slice(point + 1, point + 4)))
}

/**
 * The identity that a later look at the same thing is compared with. Takes the inode and the
 * modification time as find prints it, seconds with ten digits behind the point.
 */
export function identityOf(inode: string, time: string): string {
  const [seconds = '', fraction = ''] = time.split('.')
  return `${inode}:${seconds}${fraction.slice(0, 9)}`
}

/** Reads the two fields of one record. Gives back undefined for what is no record. */
export function parseEntry(head: string, target: string): Entry | undefined {
  const fields: string[] = []
  let from = 0
  for (let field = 0; field < 6; field++) {
    const space = head.indexOf(' ', from)
    if (space < 0) return undefined
    fields.push(head.slice(from, space))
    from = space + 1
  }
  const [type = '', blocks, inode = '', links, accessed = '', modified = ''] = fields
  return {
    type: TYPES[type] ?? 'other',
    bytes: Number(blocks) * 512,
    inode,
    links: Number(links),
    accessed: milliseconds(accessed),
    modified: milliseconds(modified),
    identity: identityOf(inode, modified),
    path: head.slice(from),
    target,
  }
}

/** Milliseconds that a clock of another machine may be ahead. */
const AHEAD = 24 * 3_600_000

/**
 * The entry without times that a wrong clock gave it: a time in the future is replaced by the other one.
 * Where both are in the future, it counts as used a little more than a day ago: it is not in use, and is
 * neither the first nor the last to be removed.
 */
export function withoutFuture(entry: Entry, now: number): Entry {
  const isFuture = (time: number) => time > now + AHEAD
  if (!isFuture(entry.accessed) && !isFuture(entry.modified)) return entry
  const known = [entry.accessed, entry.modified].filter((time) => !isFuture(time))
  const time = known[0] ?? now - AHEAD - AHEAD / 12
  return { ...entry, accessed: time, modified: time }
}

/** When a thing was used last, as far as its times tell: under noatime only writing is left. */
export function lastUse(entry: Entry): number {
  return Math.max(entry.accessed, entry.modified)
}
