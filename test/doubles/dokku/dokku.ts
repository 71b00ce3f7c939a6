import { closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A core plugin's file: a function of its arguments. A number is its exit code, anything else is 0. */
export type File = (...args: string[]) => unknown
/** The files of the core plugins, by their path below `core-plugins/available`. */
export type Files = Readonly<Record<string, File>>

/** Ends a file of a core plugin like a failure of Dokku: one line on stderr, an exit code. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly exit = 1,
  ) {
    super(message)
  }
}

function env(name: string): string {
  const value = process.env[name]
  if (!value) throw new Failure(`${name} not set!`)
  return value
}

/** Dokku's directories, from the environment of every plugin. */
export const paths = {
  app: (app: string) => join(env('DOKKU_ROOT'), app),
  root: () => env('DOKKU_ROOT'),
  lib: (...parts: string[]) => join(env('DOKKU_LIB_ROOT'), ...parts),
  enabled: (...parts: string[]) => join(env('PLUGIN_PATH'), 'enabled', ...parts),
  available: (...parts: string[]) => join(env('PLUGIN_PATH'), 'available', ...parts),
}

const versionFile = () => join(process.env['DOKKU_LIB_ROOT'] ?? '', 'STABLE_VERSION')

/** The version of Dokku that this double imitates. */
export function version(): string {
  return readFileSync(versionFile(), 'utf8').trim()
}

/** Whether this Dokku is older than 0.38: no storage entries, ENV and docker options in the app. */
export function isOlder(): boolean {
  return existsSync(versionFile()) && version().startsWith('0.37.')
}

function openToWrite(path: string): number {
  try {
    return openSync(path, 'w', 0o600)
  } catch (error) {
    const why = (error as Error).message.replace(/^\w+: (.*), open .*/s, '$1')
    throw new Failure(`Unable to write: open ${path}: ${why}`)
  }
}

/** Truncates a file, then writes it, and does not report a full disk: Dokku ignores errors of writing. */
export function overwrite(path: string, text: string): void {
  const fd = openToWrite(path)
  try {
    writeFileSync(fd, text)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(fd)
  }
}

// Synchronous, to keep the order with output of child processes. Closed pipes are ignored.
function write(fd: number, text: string): void {
  try {
    writeSync(fd, text)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  }
}

const quiet = () => Boolean(process.env['DOKKU_QUIET_OUTPUT'])

export const log = {
  raw: (text: string) => write(1, text),
  line: (text: string) => write(1, `${text}\n`),
  info1: (text: string) => write(1, `-----> ${text}\n`),
  info1Quiet: (text: string) => {
    if (!quiet()) log.info1(text)
  },
  info2: (text: string) => write(1, `=====> ${text}\n`),
  info2Quiet: (text: string) => {
    if (!quiet()) log.info2(text)
  },
  verbose: (text: string) => write(1, `       ${text}\n`),
  err: (text: string) => write(2, text),
  warn: (text: string) => write(2, ` !     ${text}\n`),
}

/** A value as Go's encoder prints it: `<`, `>` and `&` are escaped. */
export function goJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

export interface Flags {
  readonly args: string[]
  /** Values by the flag's name without dashes, in the given order. */
  readonly values: Readonly<Record<string, string[]>>
}

/** Parses arguments like Go's pflag: flags anywhere, `--` ends them, an unknown flag exits with 2. */
export function parseFlags(
  given: readonly string[],
  takesValue: Readonly<Record<string, boolean>>,
  usage = '',
): Flags {
  const args: string[] = []
  const values: Record<string, string[]> = {}
  for (let i = 0; i < given.length; i += 1) {
    const word = given[i] ?? ''
    if (word === '--') return { args: [...args, ...given.slice(i + 1)], values }
    if (!word.startsWith('--')) {
      args.push(word)
      continue
    }
    const [name = '', inline] = word.slice(2).split(/=(.*)/s)
    const needs = takesValue[name]
    if (needs === undefined) {
      log.err(`${usage}unknown flag: --${name}\n`)
      throw new Failure('', 2)
    }
    const value = inline ?? (needs ? given[(i += 1)] : 'true')
    values[name] = [...(values[name] ?? []), value ?? '']
  }
  return { args, values }
}

/** The last value of a flag. */
export function flag(flags: Flags, name: string): string | undefined {
  return flags.values[name]?.at(-1)
}

/** Asks for confirmation like Dokku before it destroys something. The answer is on stdin. */
export function confirmDestruction(name: string, kind: string): void {
  log.warn('WARNING: Potentially Destructive Action')
  log.warn(`This command will destroy ${kind} ${name}.`)
  log.warn(`To proceed, type "${name}"`)
  log.raw('> ')
  const answer = readFileSync(0, 'utf8').split('\n')[0] ?? ''
  if (answer === '') throw new Failure('EOF')
  if (answer === name) return
  log.err('Confirmation did not match test. Aborted.\n')
  throw new Failure('')
}
