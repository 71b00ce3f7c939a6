// An index of Python packages on this machine, in front of the one that pip here asks: it counts, and
// it says how long an answer may be kept, as the public index does and many mirrors do not.
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'

const FOREVER = 'max-age=365000000, immutable, public'
const TEN_MINUTES = 'max-age=600, public'
const TRIES = 4
const PATIENCE_MS = 30_000

/**
 * Asks again where a connection fails or takes too long: many builds at once share this machine.
 * @param {string} address
 * @param {string} accept
 * @returns {Promise<{ response: Response, body: Buffer }>}
 */
async function ask(address, accept, tries = TRIES) {
  try {
    const response = await fetch(address, {
      headers: { accept },
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    return { response, body: Buffer.from(await response.arrayBuffer()) }
  } catch (error) {
    if (tries === 1) throw error
    return ask(address, accept, tries - 1)
  }
}

/** Address of the index that pip asks: the one it was told, else its own. */
function upstream() {
  const told = process.env['PIP_INDEX_URL']
  const own = 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)'
  const address = told ?? execFileSync('python3', ['-c', own], { encoding: 'utf8' }).trim()
  return `${address.replace(/\/+$/, '')}/`
}

/** Starts it. `url` is what pip and uv are told, `bytes()` what it has answered so far. */
export async function startIndex() {
  const simple = upstream()
  /** Hosts of files that pages have named. */
  const origins = new Map()
  let total = 0
  /** Puts a path of this server in the place of a file's address. @param {string} page */
  const here = (page) =>
    page.replace(/https:\/\/[^/"\s]+\/(?=[^"\s]+")/g, (origin) => {
      if (!origins.has(origin)) origins.set(origin, String(origins.size))
      return `/files/${origins.get(origin)}/`
    })
  /** @param {string} path */
  const addressOf = (path) => {
    const [, number, rest] = /^\/files\/(\d+)\/(.*)$/.exec(path) ?? []
    const origin = [...origins].find(([, each]) => each === number)?.[0]
    return origin ? origin + rest : simple + path.slice('/simple/'.length)
  }
  /** @param {string} path @param {string} accept */
  const answer = async (path, accept) => {
    const isFile = path.startsWith('/files/')
    const asked = await ask(addressOf(path), accept)
    const { response } = asked
    let { body } = asked
    const type = response.headers.get('content-type') ?? ''
    if (!isFile) body = Buffer.from(here(body.toString()))
    total += body.length
    return { status: response.status, body, type, keep: isFile ? FOREVER : TEN_MINUTES }
  }
  const server = createServer((request, response) => {
    // Pages alone, as they are small: ranges and metadata files are for large files.
    answer(request.url ?? '', 'text/html').then(
      ({ status, body, type, keep }) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': keep })
        response.end(request.method === 'HEAD' ? undefined : body)
      },
      (error) => {
        // 503 is what pip and uv try again.
        response.writeHead(503)
        response.end(String(error?.cause ?? error))
      },
    )
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    url: `http://127.0.0.1:${port}/simple/`,
    bytes: () => total,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
