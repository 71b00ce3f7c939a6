import { KnownError } from '../core/errors'
import { readLine } from '../process/ask'
import type { CommonOptions, Context } from './command'

/**
 * Asks for confirmation as Dokku does: `lines` say what will be lost, `word` has to be typed. With `force`,
 * of this command or of all of Dokku, nothing is asked. `prompted` shows the prompt on stdout, where no
 * JSON is printed. Throws KnownError if the answer does not match.
 */
export async function confirm(
  { log, env }: Context,
  { force }: CommonOptions,
  lines: readonly string[],
  word: string,
  prompted = true,
): Promise<void> {
  if (force || env['DOKKU_APPS_FORCE_DELETE'] === '1') return
  log.warn('WARNING: Potentially Destructive Action')
  for (const line of lines) log.warn(line)
  log.warn(`To proceed, type "${word}"`)
  if (prompted) log.prompt('> ')
  if ((await readLine()) !== word) {
    throw new KnownError(`Confirmation did not match ${word}. Aborted.`)
  }
}
