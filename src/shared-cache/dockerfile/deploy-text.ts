import type { Rewriting } from './core/rewrite'
import { givenText, withheldText } from './text'

/** Lines of a deploy log: which steps get which caches, or why not; none where there is nothing. */
export function buildLine({ steps, off, removedOnbuild }: Rewriting): readonly string[] {
  if (off) return ['Shared caches: switched off in the Dockerfile']
  const parts = steps.flatMap(({ line, given, withheld, removed, mounts }) => [
    ...givenText(given, mounts).map((text) => `line ${line} ${text}`),
    ...withheld.map((each) => `line ${line} ${withheldText(each)}`),
    ...(removed.length > 0 ? [`line ${line} may not ask for devices itself`] : []),
  ])
  if (removedOnbuild.length > 0) parts.push('ONBUILD may not ask for devices')
  return parts.length === 0 ? [] : [`Shared caches: ${parts.join('; ')}`]
}

/** The line that says why a build goes on without caches. */
export function noCachesLine(why: string): string {
  return `Shared caches: none in this build, ${why}`
}

/** The line that says why cache mounts stay in Docker's build cache. */
export function noMountsLine(why: string): string {
  return `Shared caches: other cache mounts stay as they are, ${why}`
}

/** The line that says that a base image is of another system than before, and what comes of it. */
export function movedLine(reference: string, from: string, to: string): string {
  const what = `what builds have just left in the directories of ${from} goes`
  return `Shared caches: ${reference} has moved from ${from} to ${to || 'an unknown system'}, ${what}`
}
