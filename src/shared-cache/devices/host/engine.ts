import type { Engine, EngineInfo } from '../../../foundation/docker/engine/types'

/** The Engine and the frontend before a build. */
export interface EngineState {
  readonly engine: Engine
  readonly info: EngineInfo
  /** Id of the frontend's image, '' if it is missing. */
  readonly image: string
}

/** Inspects them. `frontend` is an image name. Throws KnownError if the Engine cannot be reached. */
export async function inspectEngine(engine: Engine, frontend: string): Promise<EngineState> {
  const [info, image] = await Promise.all([engine.info(), engine.image(frontend)])
  return { engine, info, image: image?.id ?? '' }
}
