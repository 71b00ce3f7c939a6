import { KnownError } from '../core/errors'
import { INCOMPLETE } from './files'
import type { Host } from '../cli/command'
import type { Platform } from '../platform'
import type { CallOptions, Outcome } from '../process/runner'

/** The root helper is not installed, or sudo does not allow it. */
class HelperMissing extends KnownError {
  constructor(plugin: string) {
    super(`The root helper of ${plugin} is not installed, or sudo refuses to run it`, {
      hint: 'Run: sudo dokku plugin:install',
    })
  }
}

/**
 * Calls the root helper with `sudo -n`, which never asks for a password. `write` verbs do not run in a
 * dry run. Throws HelperMissing, or the KnownError that the helper reported.
 */
export async function callHelper(
  { platform, runner }: Host,
  kind: 'read' | 'write',
  args: readonly string[],
  options: CallOptions = {},
): Promise<Outcome> {
  const argv = ['-n', `${platform.plugin.helperDirectory}/helper`, ...args]
  const outcome = await runner[kind]('sudo', argv, options).catch(failedOutcome)
  if (outcome.exit === 0 || outcome.exit === INCOMPLETE) return outcome
  throw errorOf(outcome, platform.plugin.name)
}

/**
 * Reads something as root: through the root helper on a server with Dokku, directly on other machines.
 * If the helper cannot be used, this process reads as much as it can.
 */
export async function readAsRoot<T>(
  { kind }: Platform,
  throughHelper: () => Promise<T>,
  directly: () => Promise<T>,
): Promise<T> {
  if (kind === 'local') return directly()
  try {
    return await throughHelper()
  } catch (error) {
    if (error instanceof HelperMissing) return directly()
    throw error
  }
}

/** The outcome of a failed write. */
function failedOutcome(error: unknown): Outcome {
  const cause = error instanceof KnownError ? error.cause : undefined
  if (typeof cause === 'object' && cause !== null && 'stderr' in cause) return cause as Outcome
  throw error
}

/** Whether a line of a stack trace has the error message. */
function isSaid(line: string): boolean {
  return /^\w*Error: /.test(line)
}

function errorOf({ exit, stderr }: Outcome, plugin: string): Error {
  if (exit === 127 || /^sudo: /m.test(stderr)) return new HelperMissing(plugin)
  const lines = stderr.trim().split('\n')
  const last = lines.at(-1) ?? ''
  if (!last.startsWith('{'))
    return new Error(`the root helper failed: ${lines.find(isSaid) ?? last}`)
  const said = JSON.parse(last) as { readonly message: string; readonly hint?: string }
  return new KnownError(said.message, said.hint === undefined ? {} : { hint: said.hint })
}
