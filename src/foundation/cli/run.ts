import { type Command as Program, CommanderError } from 'commander'
import type { Context } from './command'
import { KnownError, EXIT } from '../core/errors'
import type { Plugin } from '../plugin'
import { EXECA } from '../process/execa'
import { toKnownError } from '../process/system-error'
import { makeContext } from './context'

/** Prints an error: one line, and what to do next. A defect shows its stack with `--trace`. */
function explain(context: Context, error: unknown, trace: boolean): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok
    context.log.warn(error.message.replace(/^error: /, ''))
    return EXIT.usage
  }
  if (error instanceof KnownError) {
    context.log.warn(error.message)
    if (error.hint) context.log.warn(error.hint)
    if (trace && error.cause instanceof Error) context.log.warn(String(error.cause.stack))
    return error.exit
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  context.log.warn(`${context.platform.plugin.name} failed: ${message.split('\n')[0] ?? ''}`)
  context.log.warn(
    trace
      ? String(stack)
      : 'This is a bug in the plugin. Run the command again with --trace to see where it happened.',
  )
  return EXIT.failure
}

/** Makes the command line of a plugin. `done` receives the exit code of the command that ran. */
export type MakeProgram = (context: Context, done: (exit: number) => void) => Program

/** Runs one command line of a plugin and returns its exit code. Never throws. */
export async function runCommandLine(
  plugin: Plugin,
  makeProgram: MakeProgram,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const context = makeContext(plugin, argv, env, EXECA)
  const trace = argv.includes('--trace') || env['DOKKU_TRACE'] === '1'
  let exit: number = EXIT.ok
  try {
    const program = makeProgram(context, (code) => (exit = code))
    await program.parseAsync([...argv], { from: 'user' })
    return exit
  } catch (error) {
    return explain(context, toKnownError(error), trace)
  }
}
