import type { Engine } from '../docker/engine'
import type { Platform } from '../platform'
import type { Runner } from '../process/runner'
import type { Log } from '../output/log'

/** Everything that a command or trigger may touch. Made once for each process. */
export interface Context {
  readonly env: NodeJS.ProcessEnv
  readonly platform: Platform
  readonly runner: Runner
  readonly log: Log
  /** Docker's engine; connected to when it is first asked for. */
  readonly engine: () => Promise<Engine>
  readonly now: () => Date
  /** Whether somebody sits in front of it: on a terminal a dangerous command asks. */
  readonly interactive: boolean
}

/** The part of a context that code needs to read and change files of this machine. */
export type Host = Pick<Context, 'platform' | 'runner'>

/** A command gives back its exit code; errors are thrown. */
export type Command<Options, Arguments extends readonly unknown[] = readonly []> = (
  context: Context,
  options: Options,
  ...args: Arguments
) => Promise<number>

/** What every command understands: words that Dokku leaves in the arguments of a plugin. */
export interface CommonOptions {
  readonly quiet?: boolean
  readonly trace?: boolean
  readonly force?: boolean
}
