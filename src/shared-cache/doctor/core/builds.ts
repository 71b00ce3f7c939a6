import type { Finding } from './findings'

/** What builds of Dockerfiles need to have the caches. */
export interface BuildsFacts {
  /** Version of the Engine. */
  readonly engine: string
  readonly hasCdi: boolean
  /** Devices that should be there and are not. */
  readonly missingDevices: readonly string[]
  readonly frontend: string
  /** Whether its image is there, or the one inside the Engine does as well. */
  readonly hasFrontend: boolean
  readonly knowsDevices: boolean
  /** Apps in a group of their own, where the Engine has no devices for them. */
  readonly apart: readonly string[]
  /** Whether the cache of compiled Rust is switched on, and its program is missing. */
  readonly lacksSccache: boolean
}

/** Whether builds of Dockerfiles have the caches, and if not, how to get there. */
export function checkBuilds(facts: BuildsFacts): readonly Finding[] {
  const name = 'builds'
  const found = (status: Finding['status'], text: string, remedy: string | null) => [
    { name, status, text, remedy },
  ]
  if (!facts.hasCdi) {
    return found(
      'warn',
      `Dockerfiles are built without shared caches: Docker ${facts.engine} has no CDI devices`,
      'Upgrade Docker to 28.2 or later, then: dokku shared-cache:setup',
    )
  }
  if (!facts.hasFrontend) {
    return found(
      'fail',
      `Dockerfiles are built without shared caches: the image ${facts.frontend} is missing`,
      `docker pull ${facts.frontend}`,
    )
  }
  if (!facts.knowsDevices) {
    return found(
      'fail',
      `Dockerfiles are built without shared caches: ${facts.frontend} knows no devices`,
      'dokku shared-cache:set --global frontend',
    )
  }
  if (facts.missingDevices.length > 0) {
    return found(
      'fail',
      `Docker does not know the devices ${facts.missingDevices.join(', ')}`,
      'dokku shared-cache:setup',
    )
  }
  if (facts.lacksSccache) {
    return found(
      'warn',
      'Rust is compiled without a shared cache: sccache is missing',
      'dokku shared-cache:setup',
    )
  }
  if (facts.apart.length > 0) {
    const who = `${facts.apart.join(', ')}: in a group of their own`
    return found(
      'warn',
      `Dockerfiles are built without shared caches for ${who}`,
      'Upgrade Docker to 29 or later, then: dokku shared-cache:setup',
    )
  }
  return found('ok', 'Dockerfiles are built with the shared caches', null)
}
