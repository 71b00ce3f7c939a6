import { type CallOptions, type Outcome, type Programs, failureOf, NODE } from './call'

export type { CallOptions, Outcome } from './call'

/**
 * Starts all programs of a command or trigger, so that a dry run is one switch: a `read` changes
 * nothing and always runs, a `write` never runs in a dry run.
 */
export interface Runner {
  /** Runs a program and returns its outcome with any exit code; 127 if the program is missing. */
  read(file: string, args: readonly string[], options?: CallOptions): Promise<Outcome>
  /**
   * Starts a program that changes nothing and yields its output in chunks. Throws KnownError if it
   * fails. Terminates the program if the reader stops.
   */
  stream: Programs['stream']
  /**
   * Runs a program that changes the host. If it fails, throws KnownError with its last line, and the
   * outcome as the cause.
   */
  write(file: string, args: readonly string[], options?: CallOptions): Promise<Outcome>
}

/**
 * Makes the runner of a command. With `dryRun` a write is a defect: plans are shown, not applied.
 * `programs` starts programs.
 */
export function makeRunner(dryRun: boolean, programs: Programs = NODE): Runner {
  return {
    read: (file, args, options) => programs.call(file, args, options),
    stream: (file, args, options) => programs.stream(file, args, options),
    async write(file, args, options) {
      if (dryRun) throw new Error(`a dry run was about to run ${file} ${args.join(' ')}`)
      const outcome = await programs.call(file, args, options)
      if (outcome.exit === 0) return outcome
      throw failureOf(file, outcome)
    },
  }
}
