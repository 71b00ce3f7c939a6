import { buffer } from 'node:stream/consumers'
import type { IncomingMessage } from 'node:http'
import { KnownError } from '../../core/errors'
import type { Method, Transport } from './transport'

type Query = Readonly<Record<string, string | undefined>>

/** Requests to one version of the Engine's API. Throws KnownError if the Engine responds with an error. */
export interface Client {
  /** Version of the API in use, such as `1.44`. */
  readonly api: string
  json(method: Method, path: string, query?: Query, body?: unknown): Promise<unknown>
  /** Like `json`, but null for status 404. */
  find(path: string, query?: Query): Promise<unknown>
  /** The raw response with any status; the caller must read or destroy it. */
  raw(method: Method, path: string, query?: Query): Promise<IncomingMessage>
  /** The error of a response that is not a success. Reads the response. */
  refusal(answer: IncomingMessage): Promise<KnownError>
}

/** The API version to use if the server supports it: Engine 25 to 29 do. */
const PREFERRED = '1.44'
/** The oldest tested API: Engine 20.10. */
const OLDEST = '1.41'

/** Compares two API versions: negative if `a` is older. */
export function compareApi(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number)
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number)
  return aMajor - bMajor || aMinor - bMinor
}

/** The API version to use with a server that supports `min` to `max`. Throws KnownError below 1.41. */
export function chooseApi(min: string, max: string): string {
  if (compareApi(max, OLDEST) < 0) {
    throw new KnownError(`This Docker Engine speaks API ${max} only`, {
      hint: 'Docker 20.10 (API 1.41) or newer is needed.',
    })
  }
  const offered = compareApi(min, PREFERRED) <= 0 && compareApi(PREFERRED, max) <= 0
  return offered ? PREFERRED : max
}

function withQuery(path: string, query: Query): string {
  const pairs = Object.entries(query).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  )
  return pairs.length ? `${path}?${new URLSearchParams(pairs).toString()}` : path
}

const isSuccess = (answer: IncomingMessage) => (answer.statusCode ?? 0) < 300

function parse(text: string): unknown {
  return text ? JSON.parse(text) : null
}

async function refusal(answer: IncomingMessage): Promise<KnownError> {
  const text = (await buffer(answer)).toString()
  let said = text
  try {
    // Most errors are JSON; "client version too old" is plain text.
    said = (JSON.parse(text) as { message?: string }).message ?? text
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  const line = said.trim().split('\n')[0] || `status ${answer.statusCode ?? 0}`
  return new KnownError(`Docker refused: ${line}`)
}

export function makeClient(transport: Transport, api: string): Client {
  const prefix = api ? `/v${api}` : ''
  const raw: Client['raw'] = (method, path, query = {}) =>
    transport(method, withQuery(prefix + path, query))
  const read = async (answer: IncomingMessage) => {
    if (!isSuccess(answer)) throw await refusal(answer)
    return parse((await buffer(answer)).toString())
  }
  return {
    api,
    raw,
    refusal,
    json: async (method, path, query = {}, body) =>
      read(await transport(method, withQuery(prefix + path, query), body)),
    async find(path, query = {}) {
      const answer = await raw('GET', path, query)
      if (answer.statusCode !== 404) return read(answer)
      answer.resume()
      return null
    },
  }
}
