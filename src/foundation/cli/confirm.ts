import { KnownError } from '../core/errors'
import { readLine } from '../process/ask'
import type { CommonOptions, Context } from './command'

/** Whether the caller wants no question: `--force`, before or after the command. */
export function isForced({ env }: Context, { force = false }: CommonOptions): boolean {
  return force || env['DOKKU_APPS_FORCE_DELETE'] === '1'
}

/**
 * Asks for confirmation like Dokku: the name must be typed, on a terminal or through a pipe. `what` goes
 * after `This command will`. Without `prompt` nothing is printed to stdout. Throws KnownError for another
 * answer.
 */
export async function confirm(
  { log }: Context,
  name: string,
  what: string,
  prompt: boolean,
): Promise<void> {
  log.warn('WARNING: Potentially Destructive Action')
  log.warn(`This command will ${what}.`)
  log.warn(`To proceed, type "${name}"`)
  if (prompt) log.prompt('> ')
  if ((await readLine()) !== name) {
    throw new KnownError(`Confirmation did not match ${name}. Aborted.`)
  }
}
