import type { Rewriting } from '../core/builds/dockerfile/rewrite'
import { leftText } from './check-text'

/** Lines of a deploy log: which steps get which caches, or why not; none where there is nothing. */
export function buildLine({ steps, off, removedOnbuild }: Rewriting): readonly string[] {
  if (off) return ['Shared caches: switched off in the Dockerfile']
  const parts = steps.flatMap(({ line, gifts, left, removed }) => [
    ...(gifts.length > 0
      ? [`line ${line} gets ${gifts.map((gift) => gift.cache).join(', ')}`]
      : []),
    ...left.map((each) => `line ${line} ${leftText(each)}`),
    ...(removed.length > 0 ? [`line ${line} may not ask for devices itself`] : []),
  ])
  if (removedOnbuild.length > 0) parts.push('ONBUILD may not ask for devices')
  return parts.length === 0 ? [] : [`Shared caches: ${parts.join('; ')}`]
}

/** The line that says why a build goes on without caches. */
export function noCachesLine(why: string): string {
  return `Shared caches: none in this build, ${why}`
}
