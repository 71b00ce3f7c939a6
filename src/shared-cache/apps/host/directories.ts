import { nameIn } from '../../catalogue/core/group'
import { type CacheProblem, refuseObstacles } from '../../directories/core/requirements'
import { appSettings } from '../../settings/core/settings'
import type { Site } from './apply'
import { checkCaches, makeCaches } from '../../directories/host/caches'
import { problemText } from '../text'
import type { World } from '../../../foundation/cli/command'

/** Every cache that one of these apps may have. */
export function cachesFor(site: Site, apps: readonly string[]): readonly string[] {
  const values = ['--global', ...apps].map((app) => site.dokku.properties.all(app))
  const names = values.flatMap((value) => {
    const { caches, group } = appSettings(value, site.common.settings)
    return caches.map((cache) => nameIn(group, cache))
  })
  return [...new Set(names)]
}

/**
 * What is to be done about the directories of some caches. Throws KnownError, before anything has
 * changed, where something is in the way that nobody may take away but its owner.
 */
export async function checkDirectories(
  world: World,
  names: readonly string[],
): Promise<readonly CacheProblem[]> {
  const problems = await checkCaches(world, names)
  refuseObstacles(world.platform.root, problems)
  return problems
}

/** Says what has to be done about directories. */
export function tellProblems(world: World, site: Site, problems: readonly CacheProblem[]): void {
  if (problems.length > 0) world.log.heading(`Directories in ${site.platform.root}`)
  for (const problem of problems) world.log.detail(problemText(problem))
}

/** Mends what `checkCaches` found. A cache that others cannot write is opened, with progress. */
export async function makeDirectories(
  world: World,
  problems: readonly CacheProblem[],
  names: readonly string[],
): Promise<void> {
  if (problems.length === 0) return
  const made = await makeCaches(world, names, (cache, done) => {
    world.log.progress(`opening ${cache} to all users: ${done} entries`)
  })
  world.log.progress('')
  for (const problem of made.remaining) world.log.warn(problemText(problem))
}

/** Makes the directories that these apps need and that are not as they have to be. */
export async function ensureDirectories(
  world: World,
  site: Site,
  apps: readonly string[],
): Promise<void> {
  const names = cachesFor(site, apps)
  const problems = await checkDirectories(world, names)
  tellProblems(world, site, problems)
  await makeDirectories(world, problems, names)
}
