import { spawn } from 'node:child_process'
import { Readable, type Writable } from 'node:stream'
import { KnownError } from '../core/errors'
import { readSlowly } from './read-slowly'

export interface Outcome {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface CallOptions {
  /** What the program reads on stdin; an iterable is written piece by piece as it is read. */
  readonly input?: string | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>
  /**
   * Takes the output as it comes, byte for byte; the outcome's own stdout is then empty. No more comes
   * before a promise that it gives back is over.
   */
  readonly onOutput?: (chunk: Buffer) => unknown
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

const NO_SUCH_PROGRAM = 127

/** What a program printed, without the newline that ends it. */
function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, '')
}

/** Keeps what a stream brings, to its end; hands it on instead where somebody takes it. */
async function collect(
  stream: Readable | null,
  take: CallOptions['onOutput'],
): Promise<readonly Buffer[]> {
  const chunks: Buffer[] = []
  if (stream) await readSlowly(stream, take ?? ((chunk) => chunks.push(chunk)))
  return chunks
}

/** Writes to a program that may end before it has read everything. */
function feed(stdin: Writable | null, input: CallOptions['input'], failed: (error: Error) => void) {
  if (stdin === null || input === undefined) return
  const source = Readable.from(typeof input === 'string' ? [input] : input)
  // What nobody reads any more need not be made: it may come from far away, and without end.
  stdin.on('error', () => source.destroy())
  source.on('error', failed).pipe(stdin)
}

/** Node's own way to start a program: every trigger would pay the loading time of a library. */
function call(file: string, args: readonly string[], options: CallOptions): Promise<Outcome> {
  const { input, onOutput, cwd, timeout, show } = options
  const out = show === true ? 'inherit' : 'pipe'
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: [input === undefined ? 'ignore' : 'pipe', out, out],
      ...(cwd === undefined ? {} : { cwd }),
      ...(timeout === undefined ? {} : { timeout }),
    })
    const read = Promise.all([collect(child.stdout, onOutput), collect(child.stderr, undefined)])
    // Whoever takes the output may refuse it: then nobody waits for the program.
    read.catch(reject)
    feed(child.stdin, input, reject)
    child.on('error', (error: NodeJS.ErrnoException) => {
      const exit = error.code === 'ENOENT' ? NO_SUCH_PROGRAM : 1
      resolve({ exit, stdout: '', stderr: error.message })
    })
    child.on('close', (code, signal) => {
      void read.then(([stdout, stderr]) => {
        const said = textOf(stderr)
        const why = signal === null ? said : `${file} was ended by ${signal}`
        resolve({ exit: code ?? 1, stdout: textOf(stdout), stderr: said || why })
      }, reject)
    })
  })
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
