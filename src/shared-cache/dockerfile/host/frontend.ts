import type { Server } from '../../apps/host/server'
import type { Engine } from '../../../foundation/docker/engine'
import type { Outcome } from '../../../foundation/process/runner'

/** Container that holds the frontend's image: `docker image prune -a` spares what a container has. */
const HOLDER = 'shared-cache-frontend'

/** Milliseconds that fetching the image may take. */
const PATIENCE = 120_000

function docker(server: Server, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Outcome> {
  return server.runner.read(env['DOCKER_BIN'] || 'docker', args, { timeout: PATIENCE })
}

/** Whether the container holds the image that the name stands for now. */
async function isHeld(engine: Engine, image: string): Promise<boolean> {
  const found = await engine.containers({ name: [`^/${HOLDER}$`] })
  return found.some((container) => container.imageId === image)
}

/**
 * Fetches the frontend's image where it is missing, and keeps it from being pruned away as far as
 * Docker lets it. Gives back what did not work; null when it is there.
 */
export async function ensureFrontend(
  server: Server,
  engine: Engine,
  env: NodeJS.ProcessEnv,
  frontend: string,
): Promise<string | null> {
  if (!(await engine.image(frontend))) {
    const pulled = await docker(server, env, 'pull', '--quiet', frontend)
    const said = pulled.stderr.trim().split('\n').at(-1) ?? ''
    if (pulled.exit !== 0) return said || `${frontend} cannot be fetched`
  }
  const image = await engine.image(frontend)
  if (image && !(await isHeld(engine, image.id))) {
    await docker(server, env, 'container', 'rm', '--force', HOLDER)
    const label = '--label=com.dokku.shared-cache.frontend'
    await docker(server, env, 'container', 'create', '--name', HOLDER, label, frontend)
  }
  return null
}
