/** What is wrong with the Dockerfile frontend, and the command that fixes it. */
export interface FrontendRemedy {
  /** A sentence without its full stop. */
  readonly problem: string
  readonly command: string
}

/**
 * For a frontend whose image this host does not have. `setup`, the deploy log and the doctor all show
 * these texts. Setup runs after the pull because it protects the image from `docker image prune -a`.
 */
export function missingFrontend(image: string): FrontendRemedy {
  return {
    problem: `Dockerfile builds will not use the shared caches until the image ${image} is available`,
    command: `docker pull ${image} && dokku shared-cache:setup`,
  }
}

/** For a frontend that does not understand `RUN --device`. */
export function unsuitableFrontend(image: string): FrontendRemedy {
  return {
    problem: `Dockerfile builds cannot use the shared caches: the frontend ${image} does not support RUN --device`,
    command: 'dokku shared-cache:set --global frontend && dokku shared-cache:setup',
  }
}
