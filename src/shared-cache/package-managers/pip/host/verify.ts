import { hashFile } from '../../host/hash'
import { Malformed, readMsgpack, type Bytes, type Value } from '../../core/msgpack'
import { nameOf } from '../../core/tree'
import { codeOf } from '../../../../foundation/files/walker'
import {
  Damaged,
  readAt,
  readWhole,
  Unprovable,
  wholeOf,
  withFile,
  type OpenFile,
  type Part,
} from '../../host/file'
import { checkGzip } from '../../host/inflate'
import { checkZip } from '../../host/zip'

/** Start of a header: the version of CacheControl's format. MessagePack follows. */
const VERSION = 'cc=4,'

/**
 * Checks a download of pip: the response header and the body. `http` has both in one file, `http-v2`
 * has the body in a separate file. Throws Damaged for an unreadable header, and for a body that is
 * missing, does not have the length in the header, or is a changed archive.
 */
export async function checkHead(file: OpenFile, path: string, parent: number): Promise<void> {
  const version = readAt(file, Buffer.allocUnsafe(VERSION.length), 0).toString('latin1')
  if (/^cc=[0-3],$/.test(version)) throw new Unprovable('of an older form')
  if (version !== VERSION) throw new Damaged('it is not a file that pip writes')
  const response = field(decode(file, VERSION.length, file.size), 'response')
  const headers = headersOf(field(response, 'headers'))
  if (!/(?:^|\/)http-v2\//.test(path)) {
    const body = field(response, 'body')
    const part = isSpan(body) ? { file, from: body.at, length: body.length } : undefined
    if (!part) throw new Damaged('it has no body')
    return checkBody(part, headers)
  }
  try {
    await withFile(parent, `${nameOf(path)}.body`, (body) => checkBody(wholeOf(body), headers))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new Damaged('its body is missing')
    throw error
  }
}

async function checkBody(part: Part, headers: ReadonlyMap<string, string>): Promise<void> {
  const said = headers.get('content-length')
  const length =
    said && /^\d+$/.test(said) && !headers.has('transfer-encoding') ? Number(said) : null
  if (length !== null && length !== part.length) {
    throw new Damaged(`its body has ${part.length} bytes instead of ${length}`)
  }
  // Several indexes, including PyPI, use the md5 of a file as its ETag.
  const tag = /^"([0-9a-f]{32})"$/.exec(headers.get('etag') ?? '')?.[1]
  if (tag && hashFile(part.file, 'md5', 'hex', part.from, part.length) === tag) return
  const magic = readAt(part.file, Buffer.allocUnsafe(Math.min(4, part.length)), part.from)
  const begin = magic.toString('latin1')
  if (begin === 'PK\x03\x04') return checkZip(part)
  if (begin.startsWith('\x1f\x8b')) return checkGzip(part)
  throw new Unprovable('nothing says what is in the body')
}

/** Reads the MessagePack in a part of a file. Throws Damaged if it is invalid. */
export function decode(file: OpenFile, from: number, end: number): Value {
  try {
    return readMsgpack(windowOn(file), from, end)
  } catch (error) {
    if (error instanceof Malformed) throw new Damaged('it is truncated or changed')
    throw error
  }
}

/** Reads bytes of a file through a buffer: values are small and adjacent. */
function windowOn(file: OpenFile): Bytes {
  let start = 0
  let window: Buffer = Buffer.alloc(0)
  return {
    length: file.size,
    read(at, length) {
      if (at < start || at + length > start + window.length) {
        start = at
        window = readAt(file, Buffer.allocUnsafe(Math.max(length, 65_536)), at)
      }
      return window.subarray(at - start, at - start + length)
    },
  }
}

function field(value: Value | undefined, key: string): Value | undefined {
  return value instanceof Map ? value.get(key) : undefined
}

function isSpan(value: Value | undefined): value is { at: number; length: number } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'at' in value &&
    'length' in value &&
    !Array.isArray(value)
  )
}

function headersOf(headers: Value | undefined): Map<string, string> {
  if (!(headers instanceof Map)) throw new Damaged('it has no headers')
  return new Map(
    [...headers].flatMap(([name, value]) =>
      typeof value === 'string' ? [[name.toLowerCase(), value] as const] : [],
    ),
  )
}

/** Checks the origin of a built wheel: pip needs an object with an address. */
export function checkOrigin(file: OpenFile): void {
  try {
    const origin = JSON.parse(readWhole(file).toString()) as unknown
    const sane = typeof origin === 'object' && origin !== null && 'url' in origin
    if (sane && typeof origin.url === 'string') return
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new Damaged('it is not a file that pip writes')
}
