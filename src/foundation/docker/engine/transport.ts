import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Agent, type IncomingMessage, type RequestOptions, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { KnownError } from '../../core/errors'
import type { Address, TlsFiles } from './address'

export type Method = 'GET' | 'HEAD' | 'POST' | 'DELETE'

/** Sends one request and gives back the answer as soon as its head is there. */
export type Transport = (method: Method, path: string, body?: unknown) => Promise<IncomingMessage>

/** A connection to the Engine through the docker client, which knows ssh and contexts. */
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
  // A client that is gone does not read any more; why it went is on its stderr.
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
        hint: 'DOCKER_CERT_PATH names the directory that holds ca.pem, cert.pem and key.pem.',
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
      // A connection is used again: a look into an image asks some twenty questions.
      return { socketPath: address.path, agent: new Agent({ keepAlive: true }) }
    case 'tcp':
      return { host: address.host, port: address.port, agent: false }
    case 'dial':
      // With an agent of any kind, or none, node would connect by itself.
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
    { hint: 'Is Docker installed and running? DOCKER_HOST says where.', cause: error },
  )
}

/** The transport to an address. What it throws for a daemon that is not there is a KnownError. */
export function makeTransport(address: Address): Transport {
  const tls = address.kind === 'tcp' ? address.tls : null
  const where = target(address)
  const secrets = tls ? tlsOptions(tls) : {}
  // TLS is loaded where it is spoken: an Engine is a socket nearly always.
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
          // A socket has no name; over TLS the name in this header is the one that is verified.
          ...(address.kind === 'tcp' ? {} : { host: 'docker' }),
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      })
      request.on('response', resolve)
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The server may close a connection that waits, just when it is used again.
        const isStale = error.code === 'ECONNRESET' || error.code === 'EPIPE'
        if (request.reusedSocket && isStale) resolve(transport(method, path, body))
        else reject(unreachable(address, error))
      })
      request.end(text)
    })
  }
}
