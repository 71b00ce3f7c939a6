import { missingFrontend, unsuitableFrontend } from '../../devices/core/frontend-remedy'
import type { Finding } from '../../../foundation/core/findings'

/** What Dockerfile builds need to use the caches, as far as the Engine provides it. */
export interface EngineFacts {
  /** Version of the Engine. */
  readonly engine: string
  readonly hasCdi: boolean
  /** Reference of the frontend's image. */
  readonly frontend: string
  /** Whether the image is on this host, or the Engine's built-in frontend is enough. */
  readonly hasFrontend: boolean
}

/** The same after setup. */
export interface BuildsFacts extends EngineFacts {
  /** Whether the frontend supports `RUN --device`. */
  readonly knowsDevices: boolean
  /** Names of CDI devices that Docker should have and does not have. */
  readonly missingDevices: readonly string[]
  /** Apps with a property `group`, if the Engine cannot give devices to single builds. */
  readonly apart: readonly string[]
  /** Whether the cache sccache is enabled and its program is missing. */
  readonly lacksSccache: boolean
}

const NEEDS_CDI = 'upgrade Docker to 28.2 or later, then run dokku shared-cache:setup'

const found = (
  status: Finding['status'],
  text: string,
  remedy: string | null = null,
): readonly Finding[] => [{ name: 'builds', status, text, remedy }]

/** What setup will be able to provide for builds on this host. */
export function checkBuildsBeforeSetup(facts: EngineFacts): readonly Finding[] {
  const { engine, hasCdi, hasFrontend, frontend } = facts
  if (!hasCdi) {
    return found(
      'warn',
      `after setup, running apps and buildpack builds use the caches, Dockerfile builds do not: Docker ${engine} has no CDI devices`,
      'upgrade Docker to 28.2 or later',
    )
  }
  const text = 'after setup, running apps, buildpack builds and Dockerfile builds use the caches'
  return found('ok', hasFrontend ? text : `${text}; setup downloads the image ${frontend} for that`)
}

/** Whether Dockerfile builds use the caches, and if not, what to do. */
export function checkBuilds(facts: BuildsFacts): readonly Finding[] {
  const { engine, frontend, missingDevices, apart } = facts
  if (!facts.hasCdi) {
    const text = `Dockerfile builds do not use the caches: Docker ${engine} has no CDI devices`
    return found('warn', text, NEEDS_CDI)
  }
  if (!facts.hasFrontend) {
    const { problem, command } = missingFrontend(frontend)
    return found('fail', problem, command)
  }
  if (!facts.knowsDevices) {
    const { problem, command } = unsuitableFrontend(frontend)
    return found('fail', problem, command)
  }
  if (missingDevices.length > 0) {
    const text = `Dockerfile builds do not use the caches: Docker does not know the CDI devices ${missingDevices.join(', ')}`
    return found('fail', text, 'dokku shared-cache:setup')
  }
  if (facts.lacksSccache) {
    const text = 'Rust builds do not use the cache sccache: its program is missing'
    return found('warn', text, 'dokku shared-cache:setup')
  }
  if (apart.length > 0) {
    return found(
      'warn',
      `Dockerfile builds of apps with a group do not use the caches on Docker ${engine}: ${apart.join(', ')}`,
      'upgrade Docker to 29 or later, then run dokku shared-cache:setup',
    )
  }
  return found('ok', 'Dockerfile builds use the caches')
}
