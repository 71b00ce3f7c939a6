import { KnownError } from '../core/errors'
import { toKnownError } from '../host/system-error'
import type { Log } from '../output/log'
import { type PruneDocument, failedLine, scheduledLine } from '../output/scheduled-text'
import { prune } from './prune'
import type { Command, CommonOptions, World } from './world'

/** A world in which a command speaks to nobody: results are kept, everything else is dropped. */
function silently(world: World, results: string[]): World {
  const drop = () => undefined
  const log: Log = {
    step: drop,
    heading: drop,
    detail: drop,
    prompt: drop,
    warn: drop,
    progress: drop,
    plain: (text) => results.push(text),
  }
  return { ...world, log }
}

/**
 * What cron runs: brings the host within its budgets and says so in one line, which cron puts into
 * Dokku's log directory. A failure is one line too, and exit code 1.
 */
export const scheduled: Command<CommonOptions> = async (world) => {
  const results: string[] = []
  const quiet = silently(world, results)
  const at = world.now()
  try {
    const exit = await prune(quiet, { force: true, format: 'json' })
    const document = JSON.parse(results[0] ?? '') as PruneDocument
    world.log.plain(scheduledLine(at, document))
    return document.failed.length > 0 ? 1 : exit
  } catch (thrown) {
    const error = toKnownError(thrown)
    if (!(error instanceof KnownError)) throw error
    world.log.plain(failedLine(at, error.message))
    return 1
  }
}
