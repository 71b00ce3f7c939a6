import type { Finding } from '../../../foundation/core/findings'
import type { FileSystem } from '../../../foundation/core/file-system'
import type { GcBudgets } from '../../buildkit/core/gc'
import type { CacheProblem } from '../../directories/core/problems'
import type { NightlyMode } from '../../buildkit/core/nightly'
import type { PipFacts } from './pip'

export interface DockerFacts {
  readonly version: string
  /** As in `docker info`, such as `name=userns`. */
  readonly securityOptions: readonly string[]
}

/** The facts about a host that the doctor checks. */
export interface HostFacts {
  readonly kind: 'dokku' | 'local'
  /** Version of this program. */
  readonly version: string
  readonly root: string
  /** The root without symbolic links, as the root helper uses it. */
  readonly realRoot: string
  /** The root as Docker sees it. */
  readonly hostRoot: string
  /** Such as `v18.19.1`. */
  readonly node: string
  /** Such as `0.38.27`; null if unknown. */
  readonly dokku: string | null
  /** What Docker reports about itself, or why it does not respond. */
  readonly docker: DockerFacts | { readonly error: string }
  /** Docker's address on another machine; null for Docker on this one. */
  readonly remoteDocker: string | null
  readonly inContainer: boolean
  readonly isSetUp: boolean
  readonly hasSetfacl: boolean
  readonly fileSystem: FileSystem | undefined
  readonly directories: readonly CacheProblem[]
  /** Caches of which only a part was searched for closed directories. */
  readonly searchedPartly: readonly string[]
  /** What the root helper reports about itself, or why it does not answer; null without Dokku. */
  readonly helper:
    { readonly version: string; readonly root: string } | { readonly error: string } | null
  readonly nightly: NightlyFacts
  /** Null if Docker, its configuration or its disk cannot be read. */
  readonly gc: GcFacts | null
  readonly disk: DiskFacts
  /** Size of the caches at the last measurement, and their limit; null without one of these. */
  readonly budget: {
    readonly bytes: number
    readonly maxBytes: number
    /** Milliseconds since the epoch. */
    readonly at: number
    readonly schedule: string
  } | null
  /** How pip's cache is used; null if it has no directory. */
  readonly pip: PipFacts | null
  /** Copies of the plugin inside the plugin. */
  readonly nestedCopies: readonly string[]
  /** Values in the property store that are invalid for their key. */
  readonly invalid: readonly {
    readonly app: string
    readonly key: string
    readonly value: string
  }[]
}

/** The disk of the caches. */
export interface DiskFacts {
  readonly bytes: number
  readonly freeBytes: number
  readonly inodes: number | null
  readonly freeInodes: number | null
  /** With less free space than this, builds do not use the caches. */
  readonly neededBytes: number
  readonly neededInodes: number
}

/** Dokku's nightly prune of Docker's build cache on this host. */
interface NightlyFacts {
  /** Whether Dokku prunes through a systemd service or a cron file; null for neither. */
  readonly through: 'systemd' | 'cron' | null
  /** False if Dokku's command waits for an answer that never comes. */
  readonly forced: boolean
  /** The property `nightly-prune`, and whether the host's files are changed for it. */
  readonly chosen: NightlyMode
  readonly inPlace: boolean
}

/** Docker's own rules for its build cache, and the plugin's budgets for it. */
interface GcFacts {
  readonly engine: string
  /** Text of `daemon.json`. */
  readonly daemon: string
  readonly budgets: GcBudgets
  /** Whether the user set a budget or a nightly mode for the build cache. */
  readonly isConfigured: boolean
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

/** A command of this program as typed on this host. */
export function typed(facts: Pick<HostFacts, 'kind'>, words: string): string {
  return facts.kind === 'dokku' ? `dokku shared-cache:${words}` : `shared-cache ${words}`
}

/** Runs the plugin's own `install` again: root helper, sudoers file, and the rest outside the plugin. */
export const REINSTALL = 'sudo dokku plugin:install'
