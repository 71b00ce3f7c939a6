import { once } from 'node:events'
import { KnownError } from '../core/errors'
import { MEASURE_FORMAT, parseEntry, WALK_FORMAT, type Entry } from '../core/entry'
import { call, NO_SUCH_PROGRAM } from '../process/call'
import { seenByOthers } from './walker'

/** Maximum depth of a walk with names. No tool nests this deep, but a container could. */
const DEEPEST = '100'

/**
 * Where the output of find goes: to a reader here, or to the stdout of this process. find waits while
 * a reader's promise is open.
 */
export type Output = ((chunk: Buffer) => unknown) | 'inherit'

/**
 * Runs GNU find from an open directory, or from names in it. It stays below: `-P` follows no link, and
 * find itself works relative to open directories. Gives back false where it could not read everything,
 * and calls `complain` with its first error message. Throws KnownError where GNU find is missing.
 */
export async function find(
  directory: number,
  expression: readonly string[],
  output: Output,
  names: readonly string[] = ['.'],
  complain: (said: string) => void = () => undefined,
): Promise<boolean> {
  // One line is enough to recognize another find; a million unreadable files are too many lines.
  let said = ''
  const { exit } = await call(
    'find',
    ['-P', ...names, '-xdev', '-ignore_readdir_race', ...expression],
    {
      cwd: seenByOthers(directory),
      // Names are bytes, and the decimal mark of times is a point.
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

/** Writes a record with names for everything below an open directory; `parseEntry` reads them. */
export function walk(directory: number, output: Output): Promise<boolean> {
  return find(directory, ['-maxdepth', DEEPEST, '-printf', WALK_FORMAT], output)
}

/** Level at which a measurement is split: above it there is little, and most names on it are hashes. */
const LEVEL = 4
const AT_LEVEL = String.raw`\./([^/]*/){${LEVEL - 1}}[^/]*`
const SOME = '02468acegikmoqsuwyACEGIKMOQSUWY._+'

/**
 * Two walks that together visit everything once, split by the last byte of names at that level. A single
 * walk takes half as long again as `du`.
 */
const HALVES = [
  ['-regextype', 'posix-extended', '-regex', `${AT_LEVEL}[^/${SOME}]`],
  ['-mindepth', `${LEVEL}`, '-regextype', 'posix-extended', '-regex', `${AT_LEVEL}[${SOME}]`],
]

/** Passes on whole records only; a part at the end of a chunk waits for the next one. */
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

/** The same without names, in any order and at any depth: for totals. */
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
      // latin1 keeps every byte of a name unchanged, and is fast.
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
