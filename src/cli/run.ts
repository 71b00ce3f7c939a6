import { CommanderError } from 'commander'
import type { World } from '../commands/world'
import { KnownError, EXIT } from '../core/errors'
import type { Engine } from '../host/docker/engine'
import { detectPlatform } from '../host/platform'
import { makeRunner } from '../host/runner'
import { makeLog } from '../output/log'
import { makeProgram } from './program'

function makeWorld(argv: readonly string[], env: NodeJS.ProcessEnv): World {
  let engine: Engine | undefined
  return {
    env,
    platform: detectPlatform(env),
    runner: makeRunner(argv.includes('--dry-run')),
    log: makeLog({
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
      terminal: process.stderr.isTTY,
      quiet: argv.includes('--quiet') || env['DOKKU_QUIET_OUTPUT'] === '1',
    }),
    engine: async () => (engine ??= (await import('../host/docker/engine')).connectEngine(env)),
    now: () => new Date(),
    interactive: process.stdin.isTTY && process.stderr.isTTY,
  }
}

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
    return explain(world, error, trace)
  }
}
