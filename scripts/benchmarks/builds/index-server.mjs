// An index of Python packages on this machine, in front of PyPI: it counts, and it says how long an
// answer may be kept, as PyPI's own servers do and many mirrors do not.
import { createServer } from 'node:http'

const SIMPLE = 'https://pypi.org/simple/'
const FILES = 'https://files.pythonhosted.org/'
const FOREVER = 'max-age=365000000, immutable, public'
const TEN_MINUTES = 'max-age=600, public'

/** Starts it. `url` is what pip and uv are told, `bytes()` what it has answered so far. */
export async function startIndex() {
  let total = 0
  /** @param {string} path @param {string} accept */
  const answer = async (path, accept) => {
    const isFile = path.startsWith('/files/')
    const address = isFile
      ? FILES + path.slice('/files/'.length)
      : SIMPLE + path.slice('/simple/'.length)
    const response = await fetch(address, { headers: { accept } })
    let body = Buffer.from(await response.arrayBuffer())
    const type = response.headers.get('content-type') ?? ''
    if (!isFile) body = Buffer.from(body.toString().replaceAll(FILES, '/files/'))
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
        response.writeHead(502)
        response.end(String(error))
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
