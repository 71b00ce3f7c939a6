import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { Readable, type Writable } from 'node:stream'
import { KnownError } from '../core/errors'
import { readSlowly } from './read-slowly'

/**
 * Starts programs with Node's own functions. Triggers and the root helper use this; the command line
 * uses execa (`execa.ts`), which behaves the same.
 *
 * Triggers do not use execa because Dokku starts them at every deploy, several times. Loading execa
 * takes 25 to 45 ms, a bare Node about 90 ms, and a trigger 110 ms (medians of 31 runs in turns, 2
 * cores, Node 20): with execa a trigger takes more than 1.5 times as long as a bare Node. The bundle of
 * the triggers would grow from 376 kB to 622 kB.
 */

/** The output of a program and its exit code: 127 if the program does not exist. */
export interface Outcome {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface CallOptions {
  /** The program's stdin. An iterable is written chunk by chunk as it is read. */
  readonly input?: string | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>
  /**
   * Receives the output as it arrives, unchanged; the stdout of the outcome is then empty. Reading
   * waits until the promise that it returns is resolved.
   */
  readonly onOutput?: (chunk: Buffer) => unknown
  /** The same for stderr. */
  readonly onError?: (chunk: Buffer) => unknown
  readonly cwd?: string
  /** Variables added to those of this process. */
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds after which the program is terminated. The outcome then has the reason. */
  readonly timeout?: number
  /** Passes the program's stdout through as it comes, instead of keeping it. */
  readonly show?: 'stdout'
}

export interface StreamOptions {
  /** Milliseconds after which the program is terminated and the stream throws. */
  readonly timeout?: number
}

/** The functions that start programs: from this file, or with execa. */
export interface Programs {
  /**
   * Runs a program to its end. Rejects only if `input`, `onOutput` or `onError` does. Any other failure
   * is an outcome.
   */
  call(file: string, args: readonly string[], options?: CallOptions): Promise<Outcome>
  /**
   * Starts a program and yields its output in chunks. The program is terminated if the reader stops.
   * Throws KnownError with the last line of its stderr if it fails.
   */
  stream(file: string, args: readonly string[], options?: StreamOptions): AsyncIterable<Uint8Array>
}

export const NO_SUCH_PROGRAM = 127

/** The outcome of a program that could not be started, from the system's error. */
export function notStarted(file: string, code: string | undefined, message: string): Outcome {
  return code === 'ENOENT'
    ? { exit: NO_SUCH_PROGRAM, stdout: '', stderr: `${file}: command not found` }
    : { exit: 1, stdout: '', stderr: message }
}

/** Milliseconds that a program has to exit after its timeout, before it is killed. */
const GRACE = 5000

/** The message of a timeout. */
export function tookTooLong(file: string, timeout: number): string {
  return `${file} did not finish within ${timeout / 1000} seconds`
}

/** The error of a failed program: its last line. */
export function failureOf(file: string, outcome: Outcome): KnownError {
  const said = (outcome.stderr || outcome.stdout).trim().split('\n').at(-1) ?? ''
  return new KnownError(said.replace(/^ ?! +/, '') || `${file} failed`, {
    exit: outcome.exit,
    cause: outcome,
  })
}

/** The output of a program, without the final newline. */
function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, '')
}

/** Reads a stream to its end: stores its chunks, or passes them to `take`. */
async function collect(
  stream: Readable | null,
  take: CallOptions['onOutput'],
): Promise<readonly Buffer[]> {
  const chunks: Buffer[] = []
  if (stream) await readSlowly(stream, take ?? ((chunk) => chunks.push(chunk)))
  return chunks
}

/** Writes to a program that may exit before it has read everything. */
function feed(stdin: Writable | null, input: CallOptions['input'], failed: (error: Error) => void) {
  if (stdin === null || input === undefined) return
  const source = Readable.from(typeof input === 'string' ? [input] : input)
  // The program has stopped reading: stop the source too, which may be remote and endless.
  stdin.on('error', () => source.destroy())
  source.on('error', (error) => {
    stdin.destroy()
    failed(error)
  })
  source.pipe(stdin)
}

/**
 * Terminates a program after a timeout, and calls `over` when it has exited, even if its children still
 * keep its output open. Returns a function that stops the timer. `spawn`'s own `timeout` is not used:
 * if the program is missing Node never clears that timer, and this process would wait for it. execa's
 * is not used either: it waits until all have closed the output.
 */
export function limit(
  child: ChildProcess,
  timeout: number | undefined,
  over: () => void,
): () => void {
  if (timeout === undefined) return () => undefined
  const end = () => {
    over()
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
  let timer = setTimeout(() => {
    if (child.exitCode !== null || child.signalCode !== null) return end()
    child.once('exit', end)
    child.kill()
    timer = setTimeout(() => child.kill('SIGKILL'), GRACE)
  }, timeout)
  const clear = () => clearTimeout(timer)
  child.once('error', clear).once('close', clear)
  return clear
}

export function call(
  file: string,
  args: readonly string[],
  options: CallOptions = {},
): Promise<Outcome> {
  const { input, onOutput, onError, cwd, env, timeout, show } = options
  const child = spawn(file, args, {
    stdio: [
      input === undefined ? 'ignore' : 'pipe',
      show === undefined ? 'pipe' : 'inherit',
      'pipe',
    ],
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
  })
  return new Promise((resolve, reject) => {
    const read = Promise.all([collect(child.stdout, onOutput), collect(child.stderr, onError)])
    // If the reader rejects, the call ends, even if the program still runs.
    read.catch(reject)
    feed(child.stdin, input, reject)
    limit(child, timeout, () => {
      resolve({ exit: 1, stdout: '', stderr: tookTooLong(file, timeout ?? 0) })
    })
    child.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      resolve(notStarted(file, code, message))
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

async function* stream(
  file: string,
  args: readonly string[],
  { timeout }: StreamOptions = {},
): AsyncGenerator<Buffer> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const stderr = collect(child.stderr, undefined).then(textOf, () => '')
  let late = ''
  limit(child, timeout, () => (late = tookTooLong(file, timeout ?? 0)))
  const ended = new Promise<Outcome>((resolve) => {
    child.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      resolve(notStarted(file, code, message))
    })
    child.on('exit', (code, signal) => {
      const why = signal === null ? '' : `${file} was ended by ${signal}`
      resolve({ exit: code ?? 1, stdout: '', stderr: why })
    })
  })
  let hasEnded = false
  try {
    yield* child.stdout as AsyncIterable<Buffer>
    hasEnded = true
  } catch (error) {
    if (late === '') throw error
  } finally {
    if (!hasEnded) child.kill()
  }
  const { exit, stderr: why } = await ended
  if (exit === 0 && late === '') return
  throw failureOf(file, { exit, stdout: '', stderr: late || (await stderr) || why })
}

export const NODE: Programs = { call, stream }

/**
 * Runs a short program and waits for it synchronously, for code that holds open files and changes
 * directories. The program inherits the open file `fd`, if any, as its file descriptor 3.
 */
export function callNow(file: string, args: readonly string[], fd?: number): Outcome {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    encoding: 'utf8',
    maxBuffer: Infinity,
    stdio: ['ignore', 'pipe', 'pipe', ...(fd === undefined ? [] : [fd])],
  })
  if (!error) return { exit: status ?? 1, stdout, stderr }
  const { code, message } = error as NodeJS.ErrnoException
  return notStarted(file, code, message)
}
