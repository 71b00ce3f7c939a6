import { findCache } from './catalogue'
import type { CacheSpec } from './cache-spec'
import { KnownError } from '../../../foundation/core/errors'

/**
 * Groups of apps. Apps in a group trust each other and share its caches. An app that must not share has
 * its own group. '' means no group: the common caches.
 */

/** The longest group name that fits into the 45 characters of a storage entry. */
const GROUP = /^[a-z][a-z0-9-]{0,14}[a-z0-9]$/

/** Directory below the root with the caches of groups. */
export const GROUPS = 'groups'

/** Whether a text is a valid group name. */
export function isGroup(text: string): boolean {
  return GROUP.test(text)
}

/** The canonical name of a group. Throws KnownError for an invalid one. */
export function parseGroup(text: string): string {
  if (isGroup(text)) return text
  throw new KnownError(`Invalid value for group: ${text}`, {
    hint: 'Use 2 to 16 lowercase letters, digits and dashes, and begin with a letter.',
  })
}

/** The directory of a group's caches below a root. */
export function rootOf(root: string, group: string): string {
  return group === '' ? root : `${root}/${GROUPS}/${group}`
}

/** Name of a group's cache: `pip`, `private:pip`. */
export function nameIn(group: string, cache: string): string {
  return group === '' ? cache : `${group}:${cache}`
}

/** The cache and the group of a name such as `private:pip`; undefined for any other text. */
export function splitName(name: string): { group: string; cache: CacheSpec } | undefined {
  const [last = '', group, ...more] = name.split(':').reverse()
  const cache = findCache(last)
  if (!cache || more.length > 0 || (group !== undefined && !isGroup(group))) return undefined
  return { group: group ?? '', cache }
}
