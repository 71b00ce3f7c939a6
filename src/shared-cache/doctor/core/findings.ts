import type { FileSystem } from '../../directories/core/file-system'
import type { GcBudgets } from '../../buildkit/core/gc'
import type { CacheProblem } from '../../directories/core/requirements'
import type { NightlyMode } from '../../buildkit/core/nightly'

/** One thing that was checked. */
export interface Finding {
  /** What it is about: one word, the same in every run. */
  readonly name: string
  /** `fail`: the caches do not work as they should. `warn`: a person should know. */
  readonly status: 'ok' | 'warn' | 'fail'
  readonly text: string
  /** What to do about it; null where nothing has to be done, or nothing can. */
  readonly remedy: string | null
}

export interface DockerFacts {
  readonly version: string
  /** As `docker info` has them, such as `name=userns`. */
  readonly securityOptions: readonly string[]
}

/** What was found out about a host. */
export interface HostFacts {
  readonly kind: 'dokku' | 'local'
  /** Version of this program. */
  readonly version: string
  readonly root: string
  /** The root without links, as the helper has it. */
  readonly realRoot: string
  /** The root as Docker sees it. */
  readonly hostRoot: string
  /** Such as `v18.19.1`. */
  readonly node: string
  /** Such as `0.38.27`; null where nothing tells. */
  readonly dokku: string | null
  /** What Docker says of itself, or why it does not. */
  readonly docker: DockerFacts | { readonly error: string }
  /** Where Docker is, when that is not this machine; null when it is. */
  readonly remoteDocker: string | null
  readonly inContainer: boolean
  readonly isSetUp: boolean
  readonly hasSetfacl: boolean
  readonly fileSystem: FileSystem | undefined
  readonly directories: readonly CacheProblem[]
  /** What the root helper says of itself, or why it does not; null where none is needed. */
  readonly helper:
    { readonly version: string; readonly root: string } | { readonly error: string } | null
  readonly nightly: NightlyFacts
  /** Null where Docker, its settings or its disk cannot be looked at. */
  readonly gc: GcFacts | null
  readonly disk: {
    readonly bytes: number
    readonly freeBytes: number
    readonly inodes: number | null
    readonly freeInodes: number | null
  }
  /** What the caches held when they were measured last, and may hold; null before, or for no limit. */
  readonly budget: {
    readonly bytes: number
    readonly maxBytes: number
    /** Milliseconds since the epoch. */
    readonly at: number
    readonly schedule: string
  } | null
  /** Copies of the plugin inside the plugin. */
  readonly nestedCopies: readonly string[]
  /** Values in the property store that their own key refuses. */
  readonly invalid: readonly {
    readonly app: string
    readonly key: string
    readonly value: string
  }[]
}

/** What happens at night on this host. */
interface NightlyFacts {
  /** Whether Dokku prunes through a service of systemd, or a file of cron; null for neither. */
  readonly through: 'systemd' | 'cron' | null
  /** False where Dokku's command waits for an answer that never comes. */
  readonly forced: boolean
  /** What was chosen, and whether the file that has to be changed for it is. */
  readonly chosen: NightlyMode
  readonly inPlace: boolean
}

/** Docker's own rules for its build cache, and the budgets that they may work against. */
interface GcFacts {
  readonly engine: string
  /** Text of its `daemon.json`. */
  readonly daemon: string
  readonly budgets: GcBudgets
}

export type Check = (facts: HostFacts) => readonly Finding[]

export const ok = (name: string, text: string): Finding => ({
  name,
  status: 'ok',
  text,
  remedy: null,
})

export function finding(
  status: 'warn' | 'fail',
  name: string,
  text: string,
  remedy: string | null,
): readonly Finding[] {
  return [{ name, status, text, remedy }]
}

/** How a command is typed where it was found. */
export function typed(facts: HostFacts, words: string): string {
  return facts.kind === 'dokku' ? `dokku shared-cache:${words}` : `shared-cache ${words}`
}

/** Runs the plugin's own `install` again: helper, sudoers file, and what else lies outside. */
export const REINSTALL = 'sudo dokku plugin:install'
