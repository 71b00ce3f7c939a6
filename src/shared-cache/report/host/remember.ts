import { existsSync } from 'node:fs'
import { addEntry, entryOf, isDue } from '../core/history'
import { connectEngine } from '../../../foundation/docker/engine'
import { readHistory, writeHistory } from './history'
import { measureHost } from './measure'
import { tryBuildCache } from '../../buildkit/host/read'
import { knownError } from '../../../foundation/process/system-error'
import { isSetUp, openServer } from '../../apps/host/server'
import type { Context } from '../../../foundation/cli/command'

/** Whether there are caches to measure: before the first setup there are none. */
function hasCaches(context: Context): boolean {
  const { kind, root } = context.platform
  return kind === 'dokku' ? isSetUp(openServer(context)) : existsSync(root)
}

/**
 * Adds the sizes of caches and disk to the history, at most once an hour. Measuring walks the caches;
 * nothing is walked if no entry is due.
 */
async function measure(context: Context): Promise<void> {
  const { platform, log } = context
  const now = context.now()
  if (!hasCaches(context) || !isDue(readHistory(platform), now.getTime())) return
  const server = platform.kind === 'dokku' ? openServer(context) : null
  const buildCache = await tryBuildCache(context, connectEngine(context.env), false)
  const report = await measureHost(context, server, now, buildCache, (cache, files) => {
    log.progress(`Measuring ${cache}: ${files} files`)
  })
  log.progress('')
  // Read again: another run may have added an entry during the measurement.
  const entries = readHistory(platform)
  if (isDue(entries, now.getTime())) writeHistory(platform, addEntry(entries, entryOf(report)))
}

/** Adds an entry to the history. A failure is only a warning: the command itself has succeeded. */
export async function remember(context: Context): Promise<void> {
  try {
    await measure(context)
  } catch (thrown) {
    const error = knownError(thrown)
    context.log.warn(`Could not write the history for reports: ${error.message}`)
  }
}
