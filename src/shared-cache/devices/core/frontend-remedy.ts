/** Why Dockerfile builds do not use the caches, and what fixes it. */
export interface BuildsRemedy {
  /** A sentence without its full stop. */
  readonly problem: string
  /** A command, or what to do in a few words. */
  readonly command: string
}

/**
 * For a frontend whose image this host does not have. `setup`, the deploy log and the doctor all show
 * these texts. Setup runs after the pull because it protects the image from `docker image prune -a`.
 */
export function missingFrontend(image: string): BuildsRemedy {
  return {
    problem: `Dockerfile builds will not use the shared caches until the image ${image} is available`,
    command: `docker pull ${image} && dokku shared-cache:setup`,
  }
}

/** For a frontend that does not understand `RUN --device`. */
export function unsuitableFrontend(image: string): BuildsRemedy {
  return {
    problem: `Dockerfile builds cannot use the shared caches: the frontend ${image} does not support RUN --device`,
    command: 'dokku shared-cache:set --global frontend && dokku shared-cache:setup',
  }
}

/** For an Engine without CDI devices: it is too old, or CDI is disabled. */
export function missingCdi(version: string): BuildsRemedy {
  const [major = 0, minor = 0] = version.split('.').map((part) => parseInt(part, 10))
  const isOld = major < 28 || (major === 28 && minor < 2)
  return {
    problem: `Dockerfile builds cannot use the shared caches: Docker ${version} has ${isOld ? 'no CDI devices' : 'CDI switched off'}`,
    command: isOld
      ? 'upgrade Docker to 28.2 or later, then run dokku shared-cache:setup'
      : 'remove "cdi": false from "features" in /etc/docker/daemon.json, restart Docker, then run dokku shared-cache:setup',
  }
}
