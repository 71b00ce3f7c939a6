import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KnownError } from '../../src/foundation/core/errors'
import type { RawRecord } from '../../src/foundation/core/build-record'
import { type Engine, connectEngine } from '../../src/foundation/docker/engine'

/** A recorded response of the Engine; `buffer` instead of `body` for binary data. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly buffer?: Buffer
}

type Answers = Readonly<Record<string, Answer | ((body: string) => Answer)>>

export interface EngineDouble {
  /** For DOCKER_HOST. */
  readonly host: string
  /** `METHOD /path?query` of all requests, in order. */
  readonly requests: string[]
  close(): Promise<void>
}

const CONTRACT = new URL('../fixtures/contract/docker/', import.meta.url)

/** A recorded response, by engine and file: `recorded('28.5.2', 'version')`. */
export function recorded(engine: '20.10.24' | '28.5.2', name: string): Answer {
  const file = new URL(`engine-${engine}/${name}.json`, CONTRACT)
  const { status, body } = JSON.parse(readFileSync(file, 'utf8')) as Answer
  return { status: status ?? 200, body }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

function send(response: ServerResponse, answer: Answer): void {
  const { status = 200, headers = {}, body, buffer } = answer
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, headers)
  response.end(buffer ?? (body === undefined ? '' : text))
}

/**
 * An Engine that responds from a table, on a unix socket: by `METHOD /path?query`, else by `METHOD
 * /path`. Anything else is 404, with the Engine's message for a missing object.
 */
export async function serveEngine(answers: Answers): Promise<EngineDouble> {
  const directory = mkdtempSync(join(tmpdir(), 'engine-'))
  const socket = join(directory, 'docker.sock')
  const requests: string[] = []
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const line = `${request.method ?? ''} ${request.url ?? ''}`
      requests.push(line)
      const answer = answers[line] ?? answers[line.replace(/\?.*$/, '')]
      const found = answer ?? { status: 404, body: { message: `page not found: ${line}` } }
      send(response, typeof found === 'function' ? found(body) : found)
    })
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  return {
    host: `unix://${socket}`,
    requests,
    async close() {
      await new Promise((resolve) => server.close(resolve))
      rmSync(directory, { recursive: true })
    },
  }
}

/** The Engine of this machine, for tests that need a real one; null if there is none. */
export async function realEngine(): Promise<Engine | null> {
  const engine = connectEngine(process.env)
  try {
    await engine.version()
    return engine
  } catch (error) {
    if (error instanceof KnownError) return null
    throw error
  }
}

/**
 * An Engine 28 with these records: pruning by ids removes those that are neither in use nor shared.
 * `changeAfterFirstRead` is called between a plan and its prune.
 */
export async function serveBuildCache(
  given: readonly RawRecord[],
  changeAfterFirstRead: (record: RawRecord) => RawRecord = (record) => record,
  info: Readonly<Record<string, unknown>> = {},
): Promise<EngineDouble & { ids: () => string[] }> {
  let records = given
  let reads = 0
  const double = await serveEngine({
    'GET /version': recorded('28.5.2', 'version'),
    'GET /info': { body: info },
    'GET /v1.44/system/df?type=build-cache': () => {
      if (++reads === 2) records = records.map(changeAfterFirstRead)
      return { body: { BuildCache: records } }
    },
    'POST /v1.44/build/prune': () => {
      const query = new URLSearchParams(double.requests.at(-1)?.replace(/^.*\?/, ''))
      const { id, until } = JSON.parse(query.get('filters') ?? '') as {
        id: [string]
        until?: [string]
      }
      const asked = new RegExp(JSON.parse(id[0]) as string)
      const gone = records.filter(
        ({ ID, InUse, Shared, LastUsedAt }) =>
          asked.test(ID) &&
          !InUse &&
          !Shared &&
          Date.now() - Date.parse(LastUsedAt ?? '') >= parseFloat(until?.[0] ?? '0'),
      )
      records = records.filter((record) => !gone.includes(record))
      const SpaceReclaimed = gone.reduce((sum, { Size }) => sum + Size, 0)
      return { body: { CachesDeleted: gone.map(({ ID }) => ID), SpaceReclaimed } }
    },
  })
  return { ...double, ids: () => records.map(({ ID }) => ID) }
}
