import { DEFAULT_CACHES, cacheNamed } from '../catalogue/core/catalogue'
import { KnownError } from '../../foundation/core/errors'
import { variablesAt } from '../apps/core/mounts'
import { makeCaches } from '../directories/host/caches'
import { problemText } from '../apps/text'
import { checkDirectories } from '../apps/host/directories'
import type { Context } from '../../foundation/cli/command'

interface LocalSetupOptions {
  readonly dryRun?: boolean
  readonly format: string
}

/**
 * The same job for a machine without Dokku: makes the caches below the root and prints the variables
 * that point the tools there. Throws KnownError when apps are named: here are none.
 */
export async function localSetup(
  context: Context,
  options: LocalSetupOptions,
  named: readonly string[],
): Promise<number> {
  if (named.length > 0) {
    throw new KnownError('There is no Dokku on this machine, and so no app to name', {
      hint: 'Run setup without names: it sets up the caches of this machine.',
    })
  }
  const { platform, log } = context
  const env: Record<string, string> = {}
  for (const cache of DEFAULT_CACHES.map(cacheNamed)) {
    Object.assign(env, variablesAt(cache, `${platform.root}/${cache.directory}`, ''))
  }
  const problems = await checkDirectories(context, DEFAULT_CACHES)
  const dryRun = options.dryRun ?? false
  if (options.format === 'json') {
    const changed = problems.length > 0
    log.plain(
      JSON.stringify({
        version: 1,
        dryRun,
        root: platform.root,
        changed,
        directories: problems,
        env,
      }),
    )
  } else {
    for (const problem of problems) log.detail(problemText(problem))
    if (problems.length === 0) log.step('Everything is set up: nothing to change')
  }
  if (!dryRun && problems.length > 0) {
    const made = await makeCaches(context, DEFAULT_CACHES)
    for (const problem of made.remaining) log.warn(problemText(problem))
  }
  if (options.format !== 'json') {
    log.step(`The caches of this host are in ${platform.root}; to use them:`)
    for (const [name, value] of Object.entries(env)) log.plain(`export ${name}='${value}'`)
  }
  return 0
}
