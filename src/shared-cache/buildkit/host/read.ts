import type { BuildCacheReport } from '../core/report'
import { KnownError } from '../../../foundation/core/errors'
import { measureBuildCache } from './build-cache'
import type { Engine } from '../../../foundation/docker/engine'
import type { Context } from '../../../foundation/cli/command'

/** The report on Docker's build cache; null, with a warning, if Docker does not respond. */
export async function tryBuildCache(
  { log }: Context,
  engine: Engine,
  full: boolean,
): Promise<BuildCacheReport | null> {
  try {
    return await measureBuildCache(engine, full)
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    log.warn(`${error.message}: the report leaves out its build cache`)
    return null
  }
}
