import { execa } from 'execa'
import { KnownError } from '../core/errors'

export interface Outcome {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface CallOptions {
  /** What the program reads on stdin; an iterable is written piece by piece as it is read. */
  readonly input?: string | Iterable<string>
  /** Takes the output as it comes, byte for byte; the outcome's own stdout is then empty. */
  readonly onOutput?: (chunk: Buffer) => void
  readonly cwd?: string
  /** Milliseconds; the call is killed after them. */
  readonly timeout?: number
  /** Shows the program's output as it comes, instead of keeping it. */
  readonly show?: boolean
}

/**
 * The one place that starts other programs, so that a dry run is one switch: a `read` changes
 * nothing and always runs, a `write` never runs in a dry run.
 */
export interface Runner {
  /** Runs a program and gives back whatever its exit code was; 127 when there is no such program. */
  read(file: string, args: readonly string[], options?: CallOptions): Promise<Outcome>
  /**
   * Runs a program that changes the host. Throws KnownError with its last line,
   * caused by the outcome, when it fails.
   */
  write(file: string, args: readonly string[], options?: CallOptions): Promise<Outcome>
}

async function call(file: string, args: readonly string[], options: CallOptions): Promise<Outcome> {
  const { input, onOutput, cwd, timeout, show } = options
  const running = execa(file, args, {
    reject: false,
    ...(input === undefined
      ? { stdin: 'ignore' as const }
      : typeof input === 'string'
        ? { input }
        : { stdin: input }),
    ...(onOutput ? { buffer: { stdout: false } } : {}),
    ...(cwd === undefined ? {} : { cwd }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(show ? { stdout: 'inherit' as const, stderr: 'inherit' as const } : {}),
  })
  if (onOutput) running.stdout?.on('data', onOutput)
  const result = await running
  if (result.exitCode !== undefined) {
    const { stdout, stderr } = result as { stdout?: string; stderr?: string }
    return { exit: result.exitCode, stdout: stdout ?? '', stderr: stderr ?? '' }
  }
  const missing = (result.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
  return { exit: missing ? 127 : 1, stdout: '', stderr: result.shortMessage ?? '' }
}

/** Makes the runner of a command; with `dryRun` a write is a defect: plans are shown, not applied. */
export function makeRunner(dryRun: boolean): Runner {
  return {
    read: (file, args, options = {}) => call(file, args, options),
    async write(file, args, options = {}) {
      if (dryRun) throw new Error(`a dry run was about to run ${file} ${args.join(' ')}`)
      const outcome = await call(file, args, options)
      if (outcome.exit === 0) return outcome
      const said = (outcome.stderr || outcome.stdout).trim().split('\n').at(-1) ?? ''
      throw new KnownError(said.replace(/^ ?! +/, '') || `${file} failed`, {
        exit: outcome.exit,
        cause: outcome,
      })
    },
  }
}
