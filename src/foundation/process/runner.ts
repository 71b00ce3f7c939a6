import { type CallOptions, type Outcome, type Programs, failureOf, NODE } from './call'

export type { CallOptions, Outcome } from './call'

/**
 * Starts all programs of a command or trigger, so that a dry run is one switch: a `read` changes
 * nothing and always runs, a `write` never runs in a dry run.
 */
export interface Runner {
  /** Runs a program and gives back its outcome, whatever its exit code; 127 when it is missing. */
  read(file: string, args: readonly string[], options?: CallOptions): Promise<Outcome>
  /**
   * Starts a program that changes nothing and gives its output in pieces. Throws KnownError when it
   * fails. Ends the program when the reader stops.
   */
  stream: Programs['stream']
  /**
   * Runs a program that changes the host. Throws KnownError with its last line,
   * caused by the outcome, when it fails.
   */
  write(file: string, args: readonly string[], options?: CallOptions): Promise<Outcome>
}

/**
 * Makes the runner of a command. With `dryRun` a write is a defect: plans are shown, not applied.
 * `programs` says how programs are started.
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
