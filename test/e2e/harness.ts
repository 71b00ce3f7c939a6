import { vi } from 'vitest'
import { makeDoubleServer } from './double-server'
import { makeRealServer } from './real-server'

/** The output of a command, and its exit code. */
export interface Answer {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface Mount {
  /** Relative to the root of the shared caches if it is below, otherwise the whole path. */
  readonly host: string
  readonly container: string
  readonly readonly: boolean
}

/** The content of an image. */
export interface ImageDescription {
  /** USER; '' if not set. */
  readonly user?: string
  readonly env?: Readonly<Record<string, string>>
  /** Its files, by absolute path. */
  readonly files?: readonly string[]
  /** Its os-release; without one its system is unknown. */
  readonly osRelease?: string
  /** User of its processes, if it differs from USER: the entry point changes the user. */
  readonly runsAs?: string
}

/** A container, as the app sees it. */
export interface Container {
  readonly env: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
}

/** A server with Dokku: a double or a real one. Tests use only this interface. */
export interface Server {
  readonly kind: 'double' | 'real'
  /** DOKKU_LIB_ROOT on the server, and the root of the shared caches. */
  readonly lib: string
  readonly root: string
  /** Runs a command as the operator. */
  dokku(...words: string[]): Promise<Answer>
  /** Runs a shell script on the server, as root. Throws if it fails; returns stdout. */
  shell(script: string): Promise<string>
  /** Runs a trigger like Dokku. */
  trigger(name: string, ...args: string[]): Promise<Answer>
  installPlugin(): Promise<Answer>
  mounts(app: string): Promise<readonly Mount[]>
  /** Variables of the app, without those that Dokku sets. */
  env(app: string): Promise<Readonly<Record<string, string>>>
  makeImage(name: string, description: ImageDescription): Promise<void>
  /** Deploys an image that the app does not have yet. */
  deploy(app: string, image: string): Promise<Answer>
  /** Builds and deploys the current source of the app again. */
  rebuild(app: string): Promise<Answer>
  container(app: string): Promise<Container>
  /**
   * Starts a command and kills it (SIGKILL), with all its children, after this number of changes to
   * Dokku: exactly on the double, after about the same time on a real server.
   */
  killAfter(changes: number, ...words: string[]): Promise<void>
  /** Removes everything that the tests have made. */
  destroy(): Promise<void>
}

/** The command that runs its arguments on a real server: `ssh root@host`, or a script. */
export const REAL = process.env['SHARED_CACHE_E2E_DOKKU'] ?? ''

// A real Dokku takes seconds to create an app, and twenty for a deploy.
const PATIENCE = REAL ? 3_600_000 : 300_000
vi.setConfig({ testTimeout: PATIENCE, hookTimeout: PATIENCE })

/** Whether there is a server to run on: the double needs root, for a mount namespace. */
export const canServe = REAL !== '' || process.getuid?.() === 0

/** The server of the suite: a real one if configured, otherwise the double. */
export async function makeServer(): Promise<Server> {
  return REAL ? makeRealServer(REAL.split(' ')) : makeDoubleServer()
}

/** Variables that Dokku sets for its apps. */
const DOKKUS_OWN = /^(NO_VHOST|GIT_REV|DOKKU_.*)$/

export function withoutDokkus(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !DOKKUS_OWN.test(name)))
}

/** A host path relative to the root of the caches, for expectations that are true on every server. */
function belowRoot(root: string, path: string): string {
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path
}

/** `host:container[:options]`, as Docker and Dokku write a mount. */
export function parseBind(root: string, bind: string): Mount {
  const [host = '', container = '', options = ''] = bind.split(':')
  return { host: belowRoot(root, host), container, readonly: options.split(',').includes('ro') }
}

interface ListedMount {
  readonly host_path: string
  readonly container_path: string
  readonly readonly?: boolean
  readonly volume_options?: string
}

/** The mounts in `storage:list --format json`, of both versions of Dokku. */
export function parseMounts(root: string, text: string): Mount[] {
  return (JSON.parse(text) as ListedMount[])
    .map((row) => ({
      host: belowRoot(root, row.host_path),
      container: row.container_path,
      readonly: row.readonly ?? (row.volume_options ?? '').split(',').includes('ro'),
    }))
    .sort((a, b) => (a.container < b.container ? -1 : 1))
}
