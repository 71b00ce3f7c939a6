import { knownError } from '../../foundation/process/system-error'
import type { Log } from '../../foundation/output/log'
import { hasTrouble } from '../prune/text'
import { failedLine, scheduledLine } from './text'
import { runPrune } from '../prune/command'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'

/** A world in which a command speaks to nobody. */
function silently(context: Context): Context {
  const drop = () => undefined
  const taken = () => Promise.resolve()
  const log: Log = {
    step: drop,
    heading: drop,
    detail: drop,
    prompt: drop,
    warn: drop,
    progress: drop,
    plain: drop,
    pieces: taken,
    drained: taken,
  }
  return { ...context, log }
}

/**
 * What cron runs: brings the host within its budgets and says so in one line, which cron puts into
 * Dokku's log directory. A failure is one line too, and exit code 1.
 */
export const scheduled: Command<CommonOptions> = async (context) => {
  const at = context.now()
  try {
    const result = await runPrune(silently(context), { force: true, format: 'json' })
    context.log.plain(scheduledLine(at, result))
    return result.failed.length > 0 || hasTrouble(result) ? 1 : 0
  } catch (thrown) {
    const error = knownError(thrown)
    context.log.plain(failedLine(at, error.message))
    return 1
  }
}
