import type { Context } from './command'
import type { Engine } from '../docker/engine'
import { detectPlatform } from '../platform'
import type { Plugin } from '../plugin'
import type { Programs } from '../process/call'
import { makeRunner } from '../process/runner'
import { outputTaken, writeOutput } from './output'
import { hasColour } from '../output/colour'
import { makeLog } from '../output/log'

/**
 * Makes the context of a plugin's process from its environment and arguments. `programs` starts
 * programs.
 */
export function makeContext(
  plugin: Plugin,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  programs?: Programs,
): Context {
  let engine: Engine | undefined
  return {
    env,
    platform: detectPlatform(plugin, env),
    runner: makeRunner(argv.includes('--dry-run'), programs),
    log: makeLog({
      out: writeOutput,
      err: (text) => process.stderr.write(text),
      drained: outputTaken,
      terminal: process.stderr.isTTY,
      colours: hasColour(env, process.stdout.isTTY),
      quiet: argv.includes('--quiet') || env['DOKKU_QUIET_OUTPUT'] === '1',
    }),
    engine: async () => (engine ??= (await import('../docker/engine')).connectEngine(env)),
    now: () => new Date(),
    get interactive() {
      return process.stdin.isTTY && process.stderr.isTTY
    },
  }
}
