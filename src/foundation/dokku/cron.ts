import { KnownError } from '../core/errors'
import type { Runner } from '../process/runner'

/**
 * Has Dokku write its crontab anew, so that a changed schedule holds at once: it asks every plugin for
 * its tasks at its own events alone. Throws KnownError where the crontab cannot be written.
 */
export async function writeCron(runner: Runner): Promise<void> {
  try {
    await runner.write('plugn', ['trigger', 'scheduler-cron-write', 'docker-local'])
  } catch (cause) {
    if (!(cause instanceof KnownError)) throw cause
    throw new KnownError(`Dokku did not write its crontab: ${cause.message}`, {
      hint: 'The schedule is kept; it holds after the next deploy, or after: dokku cron:set --global mailto',
      cause,
    })
  }
}
