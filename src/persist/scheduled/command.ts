import { constants, setPriority } from 'node:os'
import type { Command, CommonOptions } from '../../foundation/cli/command'
import { EXIT } from '../../foundation/core/errors'
import { knownError } from '../../foundation/process/system-error'
import { readWarnAt } from '../properties/host/warn-at'
import { measureVolumes } from '../usage/host/measure'
import { readFigures } from '../usage/host/read'
import { makeUsageStore } from '../usage/host/store'
import { openVolumes } from '../volumes/host/server'
import { failedLine, scheduledLine } from './text'

/**
 * The command that cron runs: measures all volumes, one after the other, and prints one line, which cron
 * writes to Dokku's log directory. A failure is one line too, with exit code 1.
 */
export const scheduled: Command<CommonOptions> = async (context) => {
  const at = context.now()
  try {
    // The programs that walk inherit it, and with it the lowest priority for the disk.
    setPriority(constants.priority.PRIORITY_LOW)
    const server = openVolumes(context)
    const volumes = server.records.all()
    const entries = volumes.map(({ entry }) => entry)
    const failed = await measureVolumes(server, entries, () => undefined)
    makeUsageStore(server.platform.root).keep(new Set(entries))
    const apps = await server.dokku.apps()
    const figures = await readFigures(server, volumes, apps, readWarnAt(server.dokku))
    context.log.plain(scheduledLine(at, figures, failed))
    return failed.length > 0 ? EXIT.failure : EXIT.ok
  } catch (thrown) {
    context.log.plain(failedLine(at, knownError(thrown).message))
    return EXIT.failure
  }
}
