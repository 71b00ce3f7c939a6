import { type CacheSpec, findCache } from './catalogue'
import { KnownError } from '../../../foundation/core/errors'

/**
 * Groups of apps. Apps in a group trust one another and share its caches; an app that must stay apart
 * has a group of its own. '' is the group of all apps that were put into none.
 */

/** The longest that leaves room for a storage entry's 45 characters. */
const GROUP = /^[a-z][a-z0-9-]{0,14}[a-z0-9]$/

/** Directory below the root that holds the groups' own caches. */
export const GROUPS = 'groups'

/** Whether a text names a group. */
export function isGroup(text: string): boolean {
  return GROUP.test(text)
}

/** The canonical name of a group. Throws KnownError for what is none. */
export function parseGroup(text: string): string {
  if (isGroup(text)) return text
  throw new KnownError(`Invalid value for group: ${text}`, {
    hint: 'A group has 2 to 16 lowercase letters, digits and dashes, and begins with a letter.',
  })
}

/** Where a group's caches are, below a root. */
export function rootOf(root: string, group: string): string {
  return group === '' ? root : `${root}/${GROUPS}/${group}`
}

/** What a group's cache is called: `pip`, `private:pip`. */
export function nameIn(group: string, cache: string): string {
  return group === '' ? cache : `${group}:${cache}`
}

/** The cache and the group of a name such as `private:pip`; undefined for what is no such name. */
export function splitName(name: string): { group: string; cache: CacheSpec } | undefined {
  const [last = '', group, ...more] = name.split(':').reverse()
  const cache = findCache(last)
  if (!cache || more.length > 0 || (group !== undefined && !isGroup(group))) return undefined
  return { group: group ?? '', cache }
}
