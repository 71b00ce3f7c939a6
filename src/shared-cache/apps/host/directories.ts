import { nameIn } from '../../catalogue/core/group'
import { type CacheProblem, isFixable, refuseObstacles } from '../../directories/core/problems'
import { appSettings } from '../../properties/core/properties'
import type { Server } from './server'
import { checkCaches, makeCaches } from '../../directories/host/caches'
import { problemText } from '../text'
import type { Context } from '../../../foundation/cli/command'

/** Names of all caches that these apps, or new apps, may have. */
export function cachesFor(server: Server, apps: readonly string[]): readonly string[] {
  const values = ['--global', ...apps].map((app) => server.dokku.properties.all(app))
  const names = values.flatMap((value) => {
    const { caches, group } = appSettings(value, server.settings)
    return caches.map((cache) => nameIn(group, cache))
  })
  return [...new Set(names)]
}

/**
 * What has to be done with some cache directories. Throws KnownError before any change if another file,
 * which only its owner may remove, has the path of one.
 */
export async function checkDirectories(
  context: Context,
  names: readonly string[],
): Promise<readonly CacheProblem[]> {
  const problems = await checkCaches(context, names)
  refuseObstacles(context.platform.root, problems)
  return problems
}

/** Logs what setup will do to directories. */
export function logDirectories(context: Context, problems: readonly CacheProblem[]): void {
  const fixable = problems.filter(isFixable)
  if (fixable.length > 0) context.log.heading(`Directories in ${context.platform.root}`)
  for (const problem of fixable) context.log.detail(problemText(problem))
}

/** Logs what setup cannot fix. */
export function warnOfUnfixable(context: Context, problems: readonly CacheProblem[]): void {
  for (const { path, problem } of problems) {
    context.log.warn(path ? `${path}: ${problem}` : `ACLs: ${problem}`)
  }
}

/** Makes and fixes directories, with progress while a cache is opened to all users. */
export async function makeDirectories(
  context: Context,
  problems: readonly CacheProblem[],
  names: readonly string[],
): Promise<void> {
  if (!problems.some(isFixable)) {
    warnOfUnfixable(context, problems)
    return
  }
  const closed = problems.filter(({ kind }) => kind === 'closed inside').map(({ path }) => path)
  const show = (cache: string, done: number) =>
    context.log.progress(`opening ${cache} to all users: ${done} entries`)
  const made = await makeCaches(context, names, show, closed)
  context.log.progress('')
  warnOfUnfixable(context, made.remaining)
}
