import { CommanderError } from 'commander'
import type { World } from './command'
import { KnownError, EXIT } from '../core/errors'
import { toKnownError } from '../process/system-error'
import { makeProgram } from '../../shared-cache/cli'
import { makeWorld } from './context'

/** Says what went wrong: one line and what to do next; a defect keeps its stack under `--trace`. */
function explain(world: World, error: unknown, trace: boolean): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok
    world.log.warn(error.message.replace(/^error: /, ''))
    return EXIT.usage
  }
  if (error instanceof KnownError) {
    world.log.warn(error.message)
    if (error.hint) world.log.warn(error.hint)
    if (trace && error.cause instanceof Error) world.log.warn(String(error.cause.stack))
    return error.exit
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  world.log.warn(`shared-cache failed: ${message.split('\n')[0] ?? ''}`)
  world.log.warn(
    trace
      ? String(stack)
      : 'This is a defect of the plugin: run it again with --trace to see where.',
  )
  return EXIT.failure
}

/** Runs one command line and gives back its exit code. Never throws. */
export async function run(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const world = makeWorld(argv, env)
  const trace = argv.includes('--trace') || env['DOKKU_TRACE'] === '1'
  let exit: number = EXIT.ok
  try {
    const program = makeProgram(world, (code) => (exit = code))
    await program.parseAsync([...argv], { from: 'user' })
    return exit
  } catch (error) {
    return explain(world, toKnownError(error), trace)
  }
}
