import { cacheDirectoryNamed } from '../core/places'
import { isBrowser } from '../../package-managers/playwright/core/browsers'
import { KnownError } from '../../../foundation/core/errors'
import type { Host } from '../../../foundation/cli/command'
import { realRootOf } from './caches'
import { entriesIn } from './names'

/** The file that Playwright writes last. */
const MARK = 'INSTALLATION_COMPLETE'

/** Entries of a directory; empty if it is missing or not a directory. */
function entriesOrNone(path: string) {
  try {
    return entriesIn(path)
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    return []
  }
}

/** Whether a browser is complete in a cache directory such as `playwright@SYSTEM`. */
export function isWhole(host: Host, cacheDirectory: string, name: string): boolean {
  const entries = entriesOrNone(
    `${realRootOf(host)}/${cacheDirectoryNamed(cacheDirectory).directory}/${name}`,
  )
  return entries.some((entry) => entry.name === MARK && entry.isFile())
}

/** Whether a cache directory has any complete browser. */
export function hasBrowser(host: Host, cacheDirectory: string): boolean {
  const entries = entriesOrNone(
    `${realRootOf(host)}/${cacheDirectoryNamed(cacheDirectory).directory}`,
  )
  return entries.some(({ name }) => isBrowser(name) && isWhole(host, cacheDirectory, name))
}
