import type { Engine, EngineInfo } from '../../../foundation/docker/engine/types'

/** What an Engine says of itself before a build. */
export interface EngineState {
  readonly engine: Engine
  readonly info: EngineInfo
  /** Id of the frontend's image, '' where it is missing. */
  readonly image: string
}

/** Asks for it. `frontend` is an image by name. Throws KnownError where the Engine cannot be asked. */
export async function inspectEngine(engine: Engine, frontend: string): Promise<EngineState> {
  const [info, image] = await Promise.all([engine.info(), engine.image(frontend)])
  return { engine, info, image: image?.id ?? '' }
}
