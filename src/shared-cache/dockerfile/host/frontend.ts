import type { Server } from '../../apps/host/server'
import type { Engine } from '../../../foundation/docker/engine'
import type { Outcome } from '../../../foundation/process/runner'

/** Container that protects the frontend's image: `docker image prune -a` skips images of containers. */
export const FRONTEND_CONTAINER = 'shared-cache-frontend'

/** Milliseconds that fetching the image may take. */
const PATIENCE = 120_000

function docker(server: Server, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Outcome> {
  return server.runner.read(env['DOCKER_BIN'] || 'docker', args, { timeout: PATIENCE })
}

/** Whether the container protects an image, by the image's id. */
export async function isFrontendKept(engine: Engine, image: string): Promise<boolean> {
  const found = await engine.containers({ name: [`^/${FRONTEND_CONTAINER}$`] })
  return found.some((container) => container.imageId === image)
}

/** The result of a docker command: null for success, else the last line of its error. */
function failureOf({ exit, stderr }: Outcome): string | null {
  if (exit === 0) return null
  return stderr.trim().split('\n').at(-1) || `docker ended with exit code ${exit}`
}

/** Fetches the frontend's image. Returns why it failed; null for success. */
export async function fetchFrontend(
  server: Server,
  env: NodeJS.ProcessEnv,
  image: string,
): Promise<string | null> {
  return failureOf(await docker(server, env, 'pull', '--quiet', image))
}

/** Makes the container that protects the frontend's image. Returns why it failed; null for success. */
export async function keepFrontend(
  server: Server,
  env: NodeJS.ProcessEnv,
  image: string,
): Promise<string | null> {
  await docker(server, env, 'container', 'rm', '--force', FRONTEND_CONTAINER)
  const label = '--label=com.dokku.shared-cache.frontend'
  const create = ['container', 'create', '--name', FRONTEND_CONTAINER, label, image]
  return failureOf(await docker(server, env, ...create))
}
