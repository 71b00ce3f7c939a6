import { knownError } from '../../foundation/process/system-error'
import { noColour } from '../../foundation/output/colour'
import type { Log } from '../../foundation/output/log'
import { hasTrouble } from '../prune/text'
import { failedLine, scheduledLine } from './text'
import { runPrune } from '../prune/command'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'

/** The same context with a log that prints nothing. */
function withoutOutput(context: Context): Context {
  const drop = () => undefined
  const resolved = () => Promise.resolve()
  const log: Log = {
    step: drop,
    heading: drop,
    detail: drop,
    prompt: drop,
    warn: drop,
    progress: drop,
    plain: drop,
    pieces: resolved,
    drained: resolved,
    paint: noColour,
  }
  return { ...context, log }
}

/**
 * The command that cron runs: prunes to the budgets of the host, and prints one line, which cron writes
 * to Dokku's log directory. A failure is one line too, with exit code 1.
 */
export const scheduled: Command<CommonOptions> = async (context) => {
  const at = context.now()
  try {
    const result = await runPrune(withoutOutput(context), { force: true, format: 'json' })
    context.log.plain(scheduledLine(at, result))
    return result.failed.length > 0 || hasTrouble(result) ? 1 : 0
  } catch (thrown) {
    const error = knownError(thrown)
    context.log.plain(failedLine(at, error.message))
    return 1
  }
}
