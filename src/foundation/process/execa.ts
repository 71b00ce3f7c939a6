import { accessSync, constants } from 'node:fs'
import { execa } from 'execa'
import {
  type CallOptions,
  type Outcome,
  type Programs,
  type StreamOptions,
  failureOf,
  limit,
  notStarted,
  tookTooLong,
} from './call'
import { readSlowly } from './read-slowly'

/** Starts programs with execa, for the command line. `call.ts` explains why triggers do not use it. */

/** The part of execa's result that an outcome needs. */
interface Ended {
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly code?: string | undefined
  readonly originalMessage?: string | undefined
  readonly stdout?: unknown
  readonly stderr?: unknown
}

const COMMON = { reject: false, maxBuffer: Infinity } as const

/**
 * The working directory of programs. execa changes into the current directory, which fails if this user
 * may not: `dokku` runs as user dokku in the directory of the caller, often `/root`.
 */
function workingDirectory(): string {
  try {
    // The whole path: execa resolves `.`, and a directory above may be closed.
    const directory = process.cwd()
    accessSync(directory, constants.X_OK)
    return directory
  } catch {
    return '/'
  }
}

function textOf(output: unknown): string {
  return typeof output === 'string' ? output : ''
}

function outcomeOf(file: string, ended: Ended): Outcome {
  const { exitCode, signal, code, originalMessage = '', stdout, stderr } = ended
  if (exitCode !== undefined) {
    return { exit: exitCode, stdout: textOf(stdout), stderr: textOf(stderr) }
  }
  if (signal === undefined) return notStarted(file, code, originalMessage)
  const why = `${file} was ended by ${signal}`
  return { exit: 1, stdout: textOf(stdout), stderr: textOf(stderr) || why }
}

/**
 * The input in the form that execa needs. If reading it fails, `failed` is called and the program's
 * stdin ends.
 */
async function* feed(
  input: NonNullable<CallOptions['input']>,
  failed: (error: unknown) => void,
): AsyncGenerator<string | Uint8Array> {
  try {
    yield* typeof input === 'string' ? [input] : input
  } catch (error) {
    failed(error)
  }
}

async function call(
  file: string,
  args: readonly string[],
  options: CallOptions = {},
): Promise<Outcome> {
  const { input, onOutput, onError, cwd, env, timeout, show } = options
  return new Promise((resolve, reject) => {
    const running = execa(file, args, {
      ...COMMON,
      stdin: input === undefined ? 'ignore' : feed(input, reject),
      stdout: show === undefined ? 'pipe' : 'inherit',
      stderr: 'pipe',
      buffer: { stdout: onOutput === undefined, stderr: onError === undefined },
      cwd: cwd ?? workingDirectory(),
      ...(env === undefined ? {} : { env }),
    })
    const clear = limit(running, timeout, () => {
      resolve({ exit: 1, stdout: '', stderr: tookTooLong(file, timeout ?? 0) })
    })
    const taken = [
      onOutput && running.stdout ? readSlowly(running.stdout, onOutput) : undefined,
      onError ? readSlowly(running.stderr, onError) : undefined,
    ]
    Promise.all([running, ...taken])
      .then(([ended]) => resolve(outcomeOf(file, ended)), reject)
      .finally(clear)
  })
}

async function* stream(
  file: string,
  args: readonly string[],
  { timeout }: StreamOptions = {},
): AsyncGenerator<Uint8Array> {
  const running = execa(file, args, {
    ...COMMON,
    cwd: workingDirectory(),
    stdin: 'ignore',
    buffer: { stdout: false, stderr: true },
  })
  let late = ''
  const clear = limit(running, timeout, () => (late = tookTooLong(file, timeout ?? 0)))
  void running.finally(clear)
  let hasEnded = false
  try {
    // Not execa's own `iterable`: it waits for the end of a program whose output is no longer read.
    yield* running.stdout as AsyncIterable<Buffer>
    hasEnded = true
  } catch (error) {
    if (late === '') throw error
  } finally {
    if (!hasEnded) running.kill()
  }
  const { exit, stderr } = late === '' ? outcomeOf(file, await running) : { exit: 1, stderr: late }
  if (exit !== 0) throw failureOf(file, { exit, stdout: '', stderr })
}

export const EXECA: Programs = { call, stream }
