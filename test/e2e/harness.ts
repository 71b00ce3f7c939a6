import { vi } from 'vitest'
import { makeDoubleServer } from './double-server'
import { makeRealServer } from './real-server'

/** What a command said, and its exit code. */
export interface Answer {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface Mount {
  /** Below the root of the shared caches where it is there, else the whole path. */
  readonly host: string
  readonly container: string
  readonly readonly: boolean
}

/** What an image is made of. */
export interface ImageDescription {
  /** USER; '' for none. */
  readonly user?: string
  readonly env?: Readonly<Record<string, string>>
  /** Files that it holds, by absolute path. */
  readonly files?: readonly string[]
  /** Its os-release; without one nobody knows its system. */
  readonly osRelease?: string
  /** Whose processes it runs where that is another than USER: its entry point changes user. */
  readonly runsAs?: string
}

/** A container as its app sees it. */
export interface Container {
  readonly env: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
}

/** A server with Dokku on it: a double, or a real one. Every test sees only this. */
export interface Server {
  readonly kind: 'double' | 'real'
  /** DOKKU_LIB_ROOT as a program on the server sees it, and the root of the shared caches. */
  readonly lib: string
  readonly root: string
  /** Types a command as the operator. */
  dokku(...words: string[]): Promise<Answer>
  /** Runs a shell script on the server, as root. Throws where it fails; gives back stdout. */
  shell(script: string): Promise<string>
  /** Fires a trigger as Dokku does. */
  trigger(name: string, ...args: string[]): Promise<Answer>
  installPlugin(): Promise<Answer>
  mounts(app: string): Promise<readonly Mount[]>
  /** Variables of the app itself, without those that Dokku sets. */
  env(app: string): Promise<Readonly<Record<string, string>>>
  makeImage(name: string, description: ImageDescription): Promise<void>
  /** Deploys an image that the app does not have yet. */
  deploy(app: string, image: string): Promise<Answer>
  /** Builds and deploys again what the app has. */
  rebuild(app: string): Promise<Answer>
  container(app: string): Promise<Container>
  /**
   * Starts a command and kills it (SIGKILL), with all that it has started, once it has made so many
   * changes to Dokku: at the double exactly then, at a real one after about the time they take.
   */
  killAfter(changes: number, ...words: string[]): Promise<void>
  /** Takes away everything that the tests have made. */
  destroy(): Promise<void>
}

/** How to run a command on a real server, as words: `ssh root@host`, or a script that enters it. */
export const REAL = process.env['SHARED_CACHE_E2E_DOKKU'] ?? ''

// A real Dokku takes seconds to make an app, and twenty for a deploy.
const PATIENCE = REAL ? 3_600_000 : 300_000
vi.setConfig({ testTimeout: PATIENCE, hookTimeout: PATIENCE })

/** Whether there is a server to run on: the double needs root, for a mount namespace of its own. */
export const canServe = REAL !== '' || process.getuid?.() === 0

/** The server that the suite runs on: a real one where there is one, else the double. */
export async function makeServer(): Promise<Server> {
  return REAL ? makeRealServer(REAL.split(' ')) : makeDoubleServer()
}

/** Variables that Dokku itself sets for its apps. */
const DOKKUS_OWN = /^(NO_VHOST|GIT_REV|DOKKU_.*)$/

export function withoutDokkus(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !DOKKUS_OWN.test(name)))
}

/** A host path below the root of the caches, for expectations that hold on every server. */
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

/** The mounts in `storage:list --format json`, of both ages of Dokku. */
export function parseMounts(root: string, text: string): Mount[] {
  return (JSON.parse(text) as ListedMount[])
    .map((row) => ({
      host: belowRoot(root, row.host_path),
      container: row.container_path,
      readonly: row.readonly ?? (row.volume_options ?? '').split(',').includes('ro'),
    }))
    .sort((a, b) => (a.container < b.container ? -1 : 1))
}
