import { existsSync } from 'node:fs'
import { addEntry, entryOf, isDue } from '../core/history'
import { connectEngine } from '../../../foundation/docker/engine'
import { readHistory, writeHistory } from './history'
import { makeProperties } from '../../../foundation/dokku/properties'
import { survey } from './measure'
import { tryBuildCache } from '../../buildkit/host/read'
import { knownError } from '../../../foundation/process/system-error'
import { openSite } from '../../apps/host/context'
import type { World } from '../../../foundation/cli/command'

/** Whether there are caches to remember: before the first setup there are none. */
function hasCaches({ platform, runner }: World): boolean {
  return platform.kind === 'dokku'
    ? makeProperties(platform, runner).get('--global', 'setup') !== undefined
    : existsSync(platform.root)
}

/**
 * Puts what caches and disk hold now into the history, at most once an hour. Measuring walks the
 * caches; where it is not due nothing is walked.
 */
async function measure(world: World): Promise<void> {
  const { platform, log } = world
  const now = world.now()
  if (!hasCaches(world) || !isDue(readHistory(platform), now.getTime())) return
  const site = platform.kind === 'dokku' ? openSite(world) : null
  const buildCache = await tryBuildCache(world, connectEngine(world.env), false)
  const report = await survey(world, site, now, buildCache, (cache, files) => {
    log.progress(`measuring ${cache}: ${files} files`)
  })
  log.progress('')
  // Read again: measuring takes its time, and another run may have written meanwhile.
  const entries = readHistory(platform)
  if (isDue(entries, now.getTime())) writeHistory(platform, addEntry(entries, entryOf(report)))
}

/** Remembers what the caches hold. Where that fails it is a warning: what was asked for was done. */
export async function remember(world: World): Promise<void> {
  try {
    await measure(world)
  } catch (thrown) {
    const error = knownError(thrown)
    world.log.warn(`Not remembered in the history: ${error.message}`)
  }
}
