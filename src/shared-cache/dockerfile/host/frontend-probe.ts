import type { Server } from '../../apps/host/server'
import type { EngineState } from '../../devices/host/engine'

/** Which frontends know devices, as seen with one Engine and one image. */
interface Seen {
  /** Version of the Engine and id of the image, '' without one: for others it is looked at again. */
  readonly engine: string
  readonly image: string
  /** Whether the frontend inside the Engine does, and that of the image. */
  readonly builtin: boolean
  readonly known: boolean
}

const KEY = 'frontend-seen'

/** Milliseconds that looking may take. */
const PATIENCE = 20_000

/** Parsed and looked at by the frontend, and nothing built: no base, no step, no layer. */
const TEXT = 'FROM scratch\nRUN --device=dokku.com/shared-cache=none x\n'

/** What was found out about the frontends of this Engine before; null for another Engine or image. */
export function rememberedFrontends(server: Server, { info, image }: EngineState): Seen | null {
  try {
    const seen = JSON.parse(server.dokku.properties.get('--global', KEY) ?? '') as Seen
    return seen.engine === info.ServerVersion && seen.image === image ? seen : null
  } catch {
    return null
  }
}

/**
 * Whether a frontend takes `--device`: the Engine's own, or that of an image. `fallback` where the
 * client cannot ask (buildx before 0.15 knows no `--call`).
 */
async function takesDevices(
  server: Server,
  env: NodeJS.ProcessEnv,
  image: string | null,
  fallback: boolean,
): Promise<boolean> {
  const syntax = image === null ? [] : ['--build-arg', `BUILDKIT_SYNTAX=${image}`]
  const args = ['image', 'build', '--call=check', ...syntax, '-']
  const docker = env['DOCKER_BIN'] || 'docker'
  const said = await server.runner.read(docker, args, { input: TEXT, timeout: PATIENCE })
  if (said.exit === 0) return true
  return /device feature is only|unknown flag: --?device/i.test(said.stderr) ? false : fallback
}

/** What is known of the frontends of an Engine; looked at once for each Engine and image. */
export async function probeFrontends(
  server: Server,
  env: NodeJS.ProcessEnv,
  look: EngineState,
  frontend: string,
): Promise<Seen> {
  const before = rememberedFrontends(server, look)
  if (before) return before
  const { info, image } = look
  const [builtin, known] = await Promise.all([
    takesDevices(server, env, null, false),
    // An image that is missing would be fetched now, and by everyone who builds.
    image === '' ? false : takesDevices(server, env, frontend, frontend.includes('-labs')),
  ])
  const seen = { engine: info.ServerVersion, image, builtin, known }
  await server.dokku.properties.set('--global', KEY, JSON.stringify(seen))
  return seen
}
