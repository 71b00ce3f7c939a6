import { normalize } from 'node:path/posix'
import { KnownError } from '../../../foundation/core/errors'

/** Longest name of a storage entry (Dokku 0.38.27: "helm release names cap our budget"). */
const LONGEST_ENTRY = 45
const LONGEST_NAME = 30

const NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/

/** Whether a text can be the name of a directory and volume of this plugin. The root helper takes no other. */
export function isEntry(text: string): boolean {
  return text.length <= LONGEST_ENTRY && NAME.test(text) && !text.startsWith('legacy-')
}

/** The name of a volume. Throws KnownError for one that is not a DNS label of at most 30 characters. */
export function parseName(text: string): string {
  if (NAME.test(text) && text.length <= LONGEST_NAME) return text
  throw new KnownError(`Invalid name of a volume: ${JSON.stringify(text)}`, {
    hint: `A name has at most ${LONGEST_NAME} lowercase letters, digits and dashes, such as uploads.`,
  })
}

/** Paths that containers need for themselves. */
const NEVER = ['/proc', '/sys', '/dev', '/run']
/** Paths that are meant to be empty after a restart. */
const FORCED = ['/tmp', '/var/tmp', '/var/run', '/var/lock']
/** Paths without which nothing in the image runs. */
const SYSTEM = ['/usr', '/bin', '/lib', '/lib32', '/lib64', '/sbin']

const isAtOrBelow = (path: string, above: string) => path === above || path.startsWith(`${above}/`)

/** Whether a path is below another one. */
export function isBelow(path: string, above: string): boolean {
  return path !== above && isAtOrBelow(path, above)
}

/**
 * The canonical form of a path in containers. Throws KnownError for one that cannot be a volume; with
 * `force` the directories for temporary files can.
 */
export function parsePath(text: string, force: boolean): string {
  const refuse = (why: string, hint = 'Name a directory in the container, such as /app/uploads.') =>
    new KnownError(`${JSON.stringify(text)} cannot be a volume: ${why}`, { hint })
  if (!text.startsWith('/')) throw refuse('the path is not absolute')
  if (/[\0-\x1f\x7f:,"\\]/.test(text)) {
    throw refuse('Docker does not accept colons, commas, quotes and control characters in it')
  }
  if (text.split('/').some((name) => name === '..' || name === '.')) {
    throw refuse('it contains . or ..')
  }
  const path = normalize(text).replace(/(.)\/$/, '$1')
  if (path === '/') throw refuse('it is the whole container')
  const own = NEVER.find((one) => isAtOrBelow(path, one))
  if (own) throw refuse(`every container has its own ${own}`)
  if (SYSTEM.includes(path)) {
    throw refuse(`the programs of the image are in ${path}`, 'Name the directory of the data.')
  }
  const temporary = FORCED.find((one) => isAtOrBelow(path, one))
  if (temporary && !force) {
    throw refuse(
      `${temporary} is for files that a restart may delete`,
      'To keep it anyway, add --force.',
    )
  }
  return path
}

/** Lowercase letters, digits and single dashes. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}

/** The name of a volume that has none: from its path, `app-uploads` for `/app/uploads`. */
export function nameForPath(path: string): string {
  const name = slug(path)
  if (name.length <= LONGEST_NAME) return name || 'data'
  // The end of a path says more than its beginning. Only whole words are kept, if there are any.
  const end = name.slice(-LONGEST_NAME)
  return end
    .replace(name.at(-LONGEST_NAME - 1) === '-' ? '' : /^[^-]*-(?=.)/, '')
    .replace(/^-+/, '')
}

/**
 * A name for the storage entry of a volume that nothing else has: `APP-NAME`, shortened, with a number
 * where that is taken.
 */
export function entryFor(app: string, name: string, isTaken: (entry: string) => boolean): string {
  const prefix = slug(app).replace(/^legacy-/, 'app-legacy-') || 'app'
  for (let number = 1; ; number += 1) {
    const end = number === 1 ? `-${name}` : `-${name}-${number}`
    const entry = prefix.slice(0, LONGEST_ENTRY - end.length).replace(/-+$/, '') + end
    if (isEntry(entry) && !isTaken(entry)) return entry
  }
}
