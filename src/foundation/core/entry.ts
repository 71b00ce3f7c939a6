/** An entry of a cache, from a walk. */
export interface Entry {
  readonly type: 'file' | 'directory' | 'link' | 'other'
  /** Bytes on the disk: its blocks, not its length. */
  readonly bytes: number
  readonly inode: string
  /** Number of its hard links, in the cache or elsewhere. */
  readonly links: number
  /** Milliseconds since the epoch. relatime updates `accessed` at most once a day. */
  readonly accessed: number
  readonly modified: number
  /** Changes when the entry is replaced or written: inode and modification time in nanoseconds. */
  readonly identity: string
  /** Relative to the cache's directory; '' for that directory, and for all entries of a measurement. */
  readonly path: string
  /** Target of a symbolic link, as stored. */
  readonly target: string
}

/**
 * The format of `find -printf` that `parseEntry` reads: numbers, then the path and a link's target,
 * each terminated by NUL, because a name may contain any other byte.
 */
export const WALK_FORMAT = '%y %b %i %n %A@ %T@ %P\\0%l\\0'

/** The same without names, for totals: a path of a megabyte then costs nothing. */
export const MEASURE_FORMAT = '%y %b %i %n %A@ %T@ \\0\\0'

const TYPES: Readonly<Record<string, Entry['type']>> = { f: 'file', d: 'directory', l: 'link' }

/** `1700000000.1234567890` from find as whole milliseconds, without rounding errors; 0 before 1970. */
function milliseconds(time: string): number {
  const point = time.indexOf('.')
  return Math.max(0, Number(time.slice(0, point) + time.slice(point + 1, point + 4)))
}

/**
 * An identity to compare with a later one of the same entry. Takes the inode, and the modification time
 * from find: seconds with ten decimal places.
 */
export function identityOf(inode: string, time: string): string {
  const [seconds = '', fraction = ''] = time.split('.')
  return `${inode}:${seconds}${fraction.slice(0, 9)}`
}

/** Parses the two fields of one record. Returns undefined if they are invalid. */
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
