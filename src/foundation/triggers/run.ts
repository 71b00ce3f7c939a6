import type { Context } from '../cli/command'
import { makeContext } from '../cli/context'
import { finishWithoutReader, watchOutput } from '../cli/output'
import { KnownError } from '../core/errors'
import type { Plugin } from '../plugin'
import { toKnownError } from '../process/system-error'

type Trigger = (context: Context, ...args: string[]) => Promise<void> | void

/** With this error a trigger fails, and Dokku stops: going on would lose data. */
export class StopError extends KnownError {}

/** The exit code for it, which the shim of the trigger passes on as a failure. */
const STOP = 3

/** Triggers by Dokku's names. Each is loaded when it runs. */
export type Triggers = Readonly<Record<string, () => Promise<Trigger>>>

/**
 * Runs the trigger in the arguments of this process: `NAME ARGS…`. A failure must not fail a deploy: an
 * error is a warning, and the exit code is 0. Only a StopError is a failure.
 */
export async function runTrigger(plugin: Plugin, triggers: Triggers): Promise<void> {
  const [name = '', ...args] = process.argv.slice(2)
  // Who watches the deploy may go away: the work is finished all the same.
  finishWithoutReader()
  watchOutput()
  const context = makeContext(plugin, [], process.env)
  try {
    const load = Object.hasOwn(triggers, name) ? triggers[name] : undefined
    if (!load) throw new KnownError(`there is no trigger called ${name}`)
    const run = await load()
    await run(context, ...args)
  } catch (thrown) {
    const error = toKnownError(thrown)
    const message = error instanceof Error ? error.message : String(error)
    context.log.warn(`${plugin.name}: ${message}`)
    if (error instanceof KnownError && error.hint) context.log.warn(error.hint)
    if (error instanceof StopError) process.exitCode = STOP
    if (context.env['DOKKU_TRACE'] && error instanceof Error) context.log.warn(String(error.stack))
  }
}
