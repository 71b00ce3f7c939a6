import { KnownError } from '../core/errors'
import { readLine } from '../process/ask'
import type { Context } from './command'

/**
 * Asks for confirmation like Dokku: `name` must be typed, on a terminal or through a pipe. `what` says
 * in one sentence what will happen; without `prompts` the standard output stays free for JSON. Throws
 * KnownError for anything else.
 */
export async function confirm(
  { log }: Pick<Context, 'log'>,
  name: string,
  what: string,
  prompts: boolean,
): Promise<void> {
  log.warn('WARNING: Potentially Destructive Action')
  log.warn(what)
  log.warn(`To proceed, type "${name}"`)
  if (prompts) log.prompt('> ')
  if ((await readLine()) !== name) {
    throw new KnownError(`Confirmation did not match ${name}. Aborted.`)
  }
}
