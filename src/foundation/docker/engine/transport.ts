import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Agent, type IncomingMessage, type RequestOptions, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { KnownError } from '../../core/errors'
import type { Address, TlsFiles } from './address'

export type Method = 'GET' | 'HEAD' | 'POST' | 'DELETE'

/** Sends one request and returns the response as soon as its headers have arrived. */
export type Transport = (method: Method, path: string, body?: unknown) => Promise<IncomingMessage>

/** A connection to the Engine through the docker client, which supports ssh and contexts. */
function dialStdio(docker: string, env: NodeJS.ProcessEnv): Duplex {
  const child = spawn(docker, ['system', 'dial-stdio'], { env, stdio: 'pipe' })
  const stream = new Duplex({
    read: () => child.stdout.resume(),
    write: (chunk, _encoding, done) => child.stdin.write(chunk, () => done()),
    final: (done) => child.stdin.end(done),
    destroy(error, done) {
      child.kill()
      done(error)
    },
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) child.stdout.pause()
  })
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  // A client that has exited does not read; the reason is on its stderr.
  child.stdin.on('error', () => undefined)
  child.on('error', (error) => stream.destroy(error))
  child.on('close', (code) => {
    if (code) stream.destroy(new Error(said.trim().split('\n').at(-1) || `${docker} failed`))
    else stream.push(null)
  })
  return stream
}

function tlsOptions({ directory, verify }: TlsFiles) {
  const read = (file: string) => {
    try {
      return readFileSync(join(directory, file))
    } catch (cause) {
      throw new KnownError(`Cannot read ${join(directory, file)}`, {
        hint: 'Set DOCKER_CERT_PATH to the directory with ca.pem, cert.pem and key.pem.',
        cause,
      })
    }
  }
  return {
    cert: read('cert.pem'),
    key: read('key.pem'),
    rejectUnauthorized: verify,
    ...(verify ? { ca: read('ca.pem') } : {}),
  }
}

function target(address: Address): RequestOptions {
  switch (address.kind) {
    case 'unix':
      // Connections are reused: inspecting an image takes about twenty requests.
      return { socketPath: address.path, agent: new Agent({ keepAlive: true }) }
    case 'tcp':
      return { host: address.host, port: address.port, agent: false }
    case 'dial':
      // With an agent, or with `agent: false`, Node would open another connection.
      return { createConnection: () => dialStdio(address.docker, address.env) }
  }
}

function unreachable(address: Address, error: NodeJS.ErrnoException): KnownError {
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new KnownError(`Permission denied for the Docker daemon at ${address.name}`, {
      hint: 'Run this as root, or as a user in the group docker.',
      cause: error,
    })
  }
  const { code, message } = error
  const plain = code === 'ENOENT' || code === 'ECONNREFUSED'
  return new KnownError(
    `Cannot connect to the Docker daemon at ${address.name}${plain ? '' : `: ${message}`}`,
    {
      hint: 'Check that Docker is running, and that DOCKER_HOST is right if it is set.',
      cause: error,
    },
  )
}

/** The transport to an address. Throws KnownError if the daemon cannot be reached. */
export function makeTransport(address: Address): Transport {
  const tls = address.kind === 'tcp' ? address.tls : null
  const where = target(address)
  const secrets = tls ? tlsOptions(tls) : {}
  // Load TLS only if it is used: the Engine is nearly always a socket.
  const sender = async () => (tls ? (await import('node:https')).request : httpRequest)
  return async function transport(method, path, body) {
    const send = await sender()
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const request = send({
        ...where,
        ...secrets,
        method,
        path,
        headers: {
          // A socket has no host name. With TLS this header has the name to verify.
          ...(address.kind === 'tcp' ? {} : { host: 'docker' }),
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      })
      request.on('response', resolve)
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The server may close an idle connection at the moment it is reused.
        const isStale = error.code === 'ECONNRESET' || error.code === 'EPIPE'
        if (request.reusedSocket && isStale) resolve(transport(method, path, body))
        else reject(unreachable(address, error))
      })
      request.end(text)
    })
  }
}
