import { KnownError } from '../core/errors'
import type { Runner } from '../process/runner'

/**
 * Makes Dokku rewrite its crontab, so that a changed schedule applies at once. Otherwise Dokku reads
 * the tasks of plugins only at certain events. Throws KnownError if the crontab cannot be written.
 */
export async function writeCron(runner: Runner): Promise<void> {
  try {
    await runner.write('plugn', ['trigger', 'scheduler-cron-write', 'docker-local'])
  } catch (cause) {
    if (!(cause instanceof KnownError)) throw cause
    throw new KnownError(`Dokku did not write its crontab: ${cause.message}`, {
      hint: 'The schedule is saved. It applies after the next deploy, or after: dokku cron:set --global mailto',
      cause,
    })
  }
}
