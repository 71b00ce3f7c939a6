import { once } from 'node:events'
import { KnownError } from '../core/errors'
import { MEASURE_FORMAT, parseEntry, WALK_FORMAT, type Entry } from '../core/entry'
import { call, NO_SUCH_PROGRAM } from '../process/call'
import { seenByOthers } from './walker'

/** Maximum depth of a walk with names. Tools do not nest this deep, but containers can. */
const DEEPEST = '100'

/**
 * Where find's output goes: to a function, or to the stdout of this process. find waits until the
 * promise that the function returns is resolved.
 */
export type Output = ((chunk: Buffer) => unknown) | 'inherit'

/**
 * Runs GNU find from an open directory, or from names in it. find does not leave it: `-P` follows no
 * link, and find works relative to open directories. Returns false if it could not read everything, and
 * calls `complain` with its first error message. Throws KnownError if GNU find is missing.
 */
export async function find(
  directory: number,
  expression: readonly string[],
  output: Output,
  names: readonly string[] = ['.'],
  complain: (said: string) => void = () => undefined,
): Promise<boolean> {
  // One line is enough to detect another find. A million unreadable files would print too many.
  let said = ''
  const { exit } = await call(
    'find',
    ['-P', ...names, '-xdev', '-ignore_readdir_race', ...expression],
    {
      cwd: seenByOthers(directory),
      // Read names as bytes, and print times with a decimal point.
      env: { LC_ALL: 'C' },
      ...(output === 'inherit' ? { show: 'stdout' } : { onOutput: output }),
      onError: (chunk) => (said ||= chunk.toString('utf8', 0, 400)),
    },
  )
  if (exit === NO_SUCH_PROGRAM) throw noFind()
  if (/unknown predicate|unrecognized|invalid predicate/i.test(said)) throw noFind()
  if (exit !== 0) complain(said)
  return exit === 0
}

function noFind(): KnownError {
  return new KnownError('The find program of this machine is not GNU find', {
    hint: 'Install the package findutils, then run this again.',
  })
}

/** Writes a record with names for everything below an open directory, for `parseEntry`. */
export function walk(directory: number, output: Output): Promise<boolean> {
  return find(directory, ['-maxdepth', DEEPEST, '-printf', WALK_FORMAT], output)
}

/** Level at which a measurement is split: few entries are above it, and most names on it are hashes. */
const LEVEL = 4
const AT_LEVEL = String.raw`\./([^/]*/){${LEVEL - 1}}[^/]*`
const SOME = '02468acegikmoqsuwyACEGIKMOQSUWY._+'

/**
 * Two walks that together visit everything once, split by the last byte of names at that level. A
 * single walk takes half as long again as `du`.
 */
const HALVES = [
  ['-regextype', 'posix-extended', '-regex', `${AT_LEVEL}[^/${SOME}]`],
  ['-mindepth', `${LEVEL}`, '-regextype', 'posix-extended', '-regex', `${AT_LEVEL}[${SOME}]`],
]

/** Passes on whole records; a partial record at the end of a chunk waits for the next chunk. */
function wholeRecords(give: (chunk: Buffer) => unknown): (chunk: Buffer) => unknown {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const all = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const end = all.lastIndexOf('\0\0')
    if (end < 0) {
      rest = all
      return
    }
    rest = all.subarray(end + 2)
    return give(all.subarray(0, end + 2))
  }
}

function toStdout(chunk: Buffer): unknown {
  return process.stdout.write(chunk) ? undefined : once(process.stdout, 'drain')
}

/** The same without names, in any order and at any depth, for totals. */
export async function measure(directory: number, output: Output): Promise<boolean> {
  const give = output === 'inherit' ? toStdout : output
  const walks = HALVES.map((half) =>
    find(directory, [...half, '-prune', '-o', '-printf', MEASURE_FORMAT], wholeRecords(give)),
  )
  return (await Promise.all(walks)).every(Boolean)
}

/**
 * Splits records that arrive in chunks and calls `each` with every field. Each field is a new string: a
 * slice would keep the whole chunk in memory.
 */
export function splitAtNul(each: (field: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const all = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let from = 0
    for (let end = all.indexOf(0); end >= 0; end = all.indexOf(0, from)) {
      // latin1 preserves every byte of a name, and is fast.
      each(all.toString('latin1', from, end))
      from = end + 1
    }
    rest = all.subarray(from)
  }
}

/** Parses the output of a walk that arrives in chunks and calls `each` with every entry. */
export function readEntries(each: (entry: Entry) => void): (chunk: Buffer) => void {
  let head: string | undefined
  return splitAtNul((field) => {
    if (head === undefined) {
      head = field
      return
    }
    const entry = parseEntry(head, field)
    head = undefined
    if (entry) each(entry)
  })
}
