import { isBaseDirectory } from '../../catalogue/core/system'
import { cacheDirectoryNamed } from './places'
import { type CacheProblem, commandFor, keepsBuildsOut, LINK } from './problems'

/** Caches that cannot be used now for the same reason. */
export interface Unusable {
  readonly caches: readonly string[]
  /** Ends a sentence that begins with `because`: `/…/npm is a symbolic link`. */
  readonly why: string
  /** What to do, as a sentence. */
  readonly remedy: string
}

const SETUP = 'dokku shared-cache:setup'

/** One line: `npm: /…/npm is a symbolic link. Run: …`. */
export function unusableText({ caches, why, remedy }: Unusable): string {
  return `${caches.join(', ')}: ${why}${remedy === '' ? '' : `. ${remedy}`}`
}

function whyOf(root: string, { kind, path, problem }: CacheProblem): string {
  const place = path === '' ? root : `${root}/${path}`
  if (kind === 'missing') return `${place} is ${problem}`
  if (kind === 'in the way') return path === '' ? problem : `${place} is ${problem}`
  return `${place}: ${problem}`
}

function remedyOf(root: string, found: CacheProblem): string {
  const { kind } = found
  if (kind === 'not writable' || kind === 'unreadable') return 'Run: dokku shared-cache:doctor'
  const command = commandFor(root, found)
  return `Run: ${command === null ? SETUP : `${command} && ${SETUP}`}`
}

/** Whether the helper makes this directory before the build: a missing one, or a base's after its link. */
function isMadeLater({ kind, path, problem }: CacheProblem): boolean {
  if (kind === 'missing') return true
  const name = path.slice(path.lastIndexOf('/') + 1)
  return kind === 'in the way' && problem === LINK && isBaseDirectory(name)
}

/**
 * What keeps caches from being used, the first reason of each. `names` are the directories of the caches
 * themselves: a missing one of a system inside is made by whoever needs it.
 */
export function unusable(
  root: string,
  problems: readonly CacheProblem[],
  caches: readonly string[],
  names: readonly string[],
): readonly Unusable[] {
  const own = names
    .map(cacheDirectoryNamed)
    .flatMap(({ directory, mounts }) => [
      directory,
      ...mounts.map(({ path }) => `${directory}/${path}`),
    ])
  const found = problems.filter(
    (problem) =>
      keepsBuildsOut(problem) &&
      (problem.cache === null || own.includes(problem.path) || !isMadeLater(problem)),
  )
  const first = caches.flatMap((cache) => {
    const problem = found.find((each) => each.cache === null || each.cache === cache)
    return problem ? [{ cache, problem }] : []
  })
  return [...new Set(first.map(({ problem }) => problem))].map((problem) => ({
    caches: first.filter((each) => each.problem === problem).map(({ cache }) => cache),
    why: whyOf(root, problem),
    remedy: remedyOf(root, problem),
  }))
}
