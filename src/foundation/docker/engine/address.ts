import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { KnownError } from '../../core/errors'

/** The address of the Engine, and how to connect to it. */
export type Address =
  | { readonly kind: 'unix'; readonly name: string; readonly path: string }
  | {
      readonly kind: 'tcp'
      readonly name: string
      readonly host: string
      readonly port: number
      readonly tls: TlsFiles | null
    }
  /** Only the docker client can connect: ssh, a named pipe, a context. */
  | { readonly kind: 'dial'; readonly name: string; readonly docker: string; readonly env: Env }

export interface TlsFiles {
  readonly directory: string
  readonly verify: boolean
}

type Env = NodeJS.ProcessEnv

const DEFAULT_SOCKET = '/var/run/docker.sock'

/** Name of the context that `docker context use` selected; '' if none. */
function currentContext(env: Env): string {
  const chosen = env['DOCKER_CONTEXT']
  if (chosen) return chosen === 'default' ? '' : chosen
  const directory = env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker')
  try {
    const config = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as unknown
    const name = (config as { currentContext?: unknown } | null)?.currentContext
    return typeof name === 'string' && name !== 'default' ? name : ''
  } catch {
    // The docker client ignores a missing or broken file too.
    return ''
  }
}

function tlsFiles(env: Env): TlsFiles | null {
  const verify = Boolean(env['DOCKER_TLS_VERIFY'])
  if (!verify && !env['DOCKER_TLS']) return null
  const directory = env['DOCKER_CERT_PATH'] || join(env['HOME'] || homedir(), '.docker')
  return { directory, verify }
}

function tcpAddress(name: string, env: Env): Address {
  const tls = tlsFiles(env)
  if (!URL.canParse(name)) throw badHost(name)
  const { hostname, port } = new URL(name)
  if (!hostname) throw badHost(name)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return { kind: 'tcp', name, host, port: Number(port) || (tls ? 2376 : 2375), tls }
}

function badHost(name: string): KnownError {
  return new KnownError(`Invalid DOCKER_HOST: ${name}`, {
    hint: 'Write an address such as unix:///var/run/docker.sock or tcp://host:2376.',
  })
}

/**
 * The Engine's address, found as the docker client does: DOCKER_HOST, else the selected context, else
 * the default socket. Throws KnownError if DOCKER_HOST is not an address.
 */
export function findAddress(env: Env): Address {
  const name = env['DOCKER_HOST'] ?? ''
  const docker = env['DOCKER_BIN'] || 'docker'
  if (!name) {
    const context = currentContext(env)
    if (context) return { kind: 'dial', name: `context ${context}`, docker, env }
    return { kind: 'unix', name: `unix://${DEFAULT_SOCKET}`, path: DEFAULT_SOCKET }
  }
  const scheme = /^([a-z]+):\/\//.exec(name)?.[1]
  if (scheme === 'unix') return { kind: 'unix', name, path: name.slice('unix://'.length) }
  if (scheme === 'tcp') return tcpAddress(name, env)
  if (scheme === undefined) throw badHost(name)
  return { kind: 'dial', name, docker, env }
}
