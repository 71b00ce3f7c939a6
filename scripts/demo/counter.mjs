// Counts what programs download: a proxy on this machine that they are told to go through. What is
// inside of TLS it cannot see; how much there is, it can.
import { createServer, connect } from 'node:net'

/**
 * The proxy that this machine goes through already, if any; the counter then relays to it.
 * @param {NodeJS.ProcessEnv} env
 */
function upstreamProxy(env) {
  const value = env['HTTPS_PROXY'] || env['https_proxy'] || env['HTTP_PROXY'] || env['http_proxy']
  return value ? new URL(value) : undefined
}

/**
 * Where the first line of a request to a proxy leads: `CONNECT host:port …` or `GET http://host/… `.
 * @param {string} line
 */
function target(line) {
  const [method = '', place = ''] = line.split(' ')
  const url = new URL(method === 'CONNECT' ? `http://${place}` : place)
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || 80 }
}

/**
 * @param {import('node:net').Socket} client
 * @param {(first: Buffer) => import('node:net').Socket} dial
 * @param {(bytes: number) => void} count
 */
function relay(client, dial, count) {
  client.once('data', (first) => {
    client.pause()
    /** @type {import('node:net').Socket} */
    let server
    try {
      server = dial(first)
    } catch {
      client.destroy()
      return
    }
    server.on('data', (chunk) => count(chunk.length))
    server.on('error', () => client.destroy())
    client.on('error', () => server.destroy())
    client.on('close', () => server.destroy())
    server.pipe(client)
    client.pipe(server)
  })
  client.on('error', () => client.destroy())
}

/**
 * Starts the counter, a proxy at `url`. `env` is what a program needs to go through it, `bytes()` what
 * came in so far.
 * @param {NodeJS.ProcessEnv} env
 */
export async function startCounter(env) {
  let total = 0
  const upstream = upstreamProxy(env)
  const server = createServer((client) => {
    relay(
      client,
      (first) => {
        if (upstream) {
          const socket = connect(Number(upstream.port) || 80, upstream.hostname)
          socket.write(first)
          return socket
        }
        const line = first.toString('latin1').split('\r\n')[0] ?? ''
        const { host, port } = target(line)
        const socket = connect(port, host)
        if (line.startsWith('CONNECT ')) {
          socket.once('connect', () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'))
        } else {
          socket.write(first)
        }
        return socket
      },
      (bytes) => (total += bytes),
    )
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)))
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())
  const url = new URL(upstream ? upstream.href : 'http://127.0.0.1')
  url.protocol = 'http:'
  url.hostname = '127.0.0.1'
  url.port = String(address.port)
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']
  return {
    url,
    env: {
      ...Object.fromEntries(names.map((name) => [name, url.href])),
      NO_PROXY: '',
      no_proxy: '',
    },
    bytes: () => total,
    stop: () => server.close(),
  }
}
