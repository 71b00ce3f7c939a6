import {
  type BuildsRemedy,
  missingCdi,
  unsuitableFrontend,
} from '../../devices/core/frontend-remedy'

/** One thing that setup does to the host, besides the cache directories. */
export type HostStep =
  /** The cron entry with which Dokku prunes the caches to their budgets. */
  | { readonly kind: 'crontab'; readonly schedule: string }
  /** Named storage entries of Dokku, one for each mount of a cache. */
  | { readonly kind: 'storage-entries'; readonly names: readonly string[] }
  /** The CDI specification that gives the caches to Dockerfile builds. */
  | { readonly kind: 'cdi'; readonly path: string }
  /** The image of the Dockerfile frontend. */
  | { readonly kind: 'image'; readonly image: string }
  /** A container that is never started: it protects the image from `docker image prune -a`. */
  | { readonly kind: 'container'; readonly name: string; readonly image: string }
  /** The program sccache below the root of the caches. */
  | { readonly kind: 'sccache'; readonly version: string }

/** What Docker provides for Dockerfile builds. */
export interface EngineFacts {
  readonly version: string
  readonly hasCdi: boolean
  /** Whether the specification is right for this Engine and has every device. */
  readonly hasDevices: boolean
  readonly frontend: string
  readonly hasFrontend: boolean
  /** Whether the container protects the frontend's image. */
  readonly isFrontendKept: boolean
  /** Whether the Engine's built-in frontend or the image supports devices; null if not known yet. */
  readonly supportsDevices: boolean | null
}

export interface HostFacts {
  readonly isSetUp: boolean
  /** Five fields of cron, or `off`. */
  readonly schedule: string
  /** Entries that the apps' mounts need and Dokku does not have. */
  readonly missingEntries: readonly string[]
  /** Path of the CDI specification. */
  readonly specification: string
  /** Name of the container that protects the frontend's image. */
  readonly container: string
  /** What Docker provides, or why it cannot be reached and what to do about it. */
  readonly engine: EngineFacts | BuildsRemedy
  /** The version to install; null if sccache is not enabled, or installed. */
  readonly sccache: string | null
}

/** What setup will do to the host. */
export interface HostPlan {
  readonly steps: readonly HostStep[]
  /** Why Dockerfile builds will not use the caches even after the steps; null if they will. */
  readonly builds: BuildsRemedy | null
}

function engineSteps(facts: HostFacts, engine: EngineFacts): readonly HostStep[] {
  const { frontend: image } = engine
  if (!engine.hasCdi) return []
  return [
    ...(engine.hasDevices ? [] : [{ kind: 'cdi', path: facts.specification } as const]),
    ...(engine.hasFrontend ? [] : [{ kind: 'image', image } as const]),
    ...(engine.isFrontendKept
      ? []
      : [{ kind: 'container', name: facts.container, image } as const]),
  ]
}

function buildsProblem(engine: HostFacts['engine']): BuildsRemedy | null {
  if ('problem' in engine) return engine
  if (!engine.hasCdi) return missingCdi(engine.version)
  return engine.supportsDevices === false ? unsuitableFrontend(engine.frontend) : null
}

/** Decides what setup does to a host. Only a first setup writes the crontab. */
export function planHost(facts: HostFacts): HostPlan {
  const { isSetUp, schedule, missingEntries: names, engine, sccache } = facts
  const steps: readonly HostStep[] = [
    ...(isSetUp || schedule === 'off' ? [] : [{ kind: 'crontab', schedule } as const]),
    ...(names.length > 0 ? [{ kind: 'storage-entries', names } as const] : []),
    ...('problem' in engine ? [] : engineSteps(facts, engine)),
    ...(sccache === null || 'problem' in engine || !engine.hasCdi
      ? []
      : [{ kind: 'sccache', version: sccache } as const]),
  ]
  return { steps, builds: buildsProblem(engine) }
}
