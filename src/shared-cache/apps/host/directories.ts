import { nameIn } from '../../catalogue/core/group'
import { type CacheProblem, refuseObstacles } from '../../directories/core/requirements'
import { appSettings } from '../../settings/core/settings'
import type { Server } from './server'
import { checkCaches, makeCaches } from '../../directories/host/caches'
import { problemText } from '../text'
import type { Context } from '../../../foundation/cli/command'

/** Every cache that one of these apps may have. */
export function cachesFor(server: Server, apps: readonly string[]): readonly string[] {
  const values = ['--global', ...apps].map((app) => server.dokku.properties.all(app))
  const names = values.flatMap((value) => {
    const { caches, group } = appSettings(value, server.settings)
    return caches.map((cache) => nameIn(group, cache))
  })
  return [...new Set(names)]
}

/**
 * What is to be done about the directories of some caches. Throws KnownError, before anything has
 * changed, where something is in the way that nobody may take away but its owner.
 */
export async function checkDirectories(
  context: Context,
  names: readonly string[],
): Promise<readonly CacheProblem[]> {
  const problems = await checkCaches(context, names)
  refuseObstacles(context.platform.root, problems)
  return problems
}

/** Says what has to be done about directories. */
export function tellProblems(
  context: Context,
  server: Server,
  problems: readonly CacheProblem[],
): void {
  if (problems.length > 0) context.log.heading(`Directories in ${server.platform.root}`)
  for (const problem of problems) context.log.detail(problemText(problem))
}

/** Mends what `checkCaches` found. A cache that others cannot write is opened, with progress. */
export async function makeDirectories(
  context: Context,
  problems: readonly CacheProblem[],
  names: readonly string[],
): Promise<void> {
  if (problems.length === 0) return
  const made = await makeCaches(context, names, (cache, done) => {
    context.log.progress(`opening ${cache} to all users: ${done} entries`)
  })
  context.log.progress('')
  for (const problem of made.remaining) context.log.warn(problemText(problem))
}

/** Makes the directories that these apps need and that are not as they have to be. */
export async function ensureDirectories(
  context: Context,
  server: Server,
  apps: readonly string[],
): Promise<void> {
  const names = cachesFor(server, apps)
  const problems = await checkDirectories(context, names)
  tellProblems(context, server, problems)
  await makeDirectories(context, problems, names)
}
