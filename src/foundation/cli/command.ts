import type { Engine } from '../docker/engine'
import type { Platform } from '../platform'
import type { Runner } from '../process/runner'
import type { Log } from '../output/log'

/** What a command or trigger uses. Made once for each process. */
export interface Context {
  readonly env: NodeJS.ProcessEnv
  readonly platform: Platform
  readonly runner: Runner
  readonly log: Log
  /** Docker's Engine. Connects at the first call. */
  readonly engine: () => Promise<Engine>
  readonly now: () => Date
  /** Whether a person runs it on a terminal: dangerous commands then ask for confirmation. */
  readonly interactive: boolean
}

/** The part of a context that is needed to read and change files of this machine. */
export type Host = Pick<Context, 'platform' | 'runner'>

/** A command returns its exit code. Errors are thrown. */
export type Command<Options, Arguments extends readonly unknown[] = readonly []> = (
  context: Context,
  options: Options,
  ...args: Arguments
) => Promise<number>

/** Options of every command: Dokku leaves them in the arguments of a plugin. */
export interface CommonOptions {
  readonly quiet?: boolean
  readonly trace?: boolean
  readonly force?: boolean
}
