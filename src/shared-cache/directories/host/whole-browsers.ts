import { cacheDirectoryNamed } from '../core/requirements'
import { isBrowser } from '../../package-managers/playwright/core/browsers'
import { KnownError } from '../../../foundation/core/errors'
import type { Host } from '../../../foundation/cli/command'
import { realRootOf } from './caches'
import { entriesIn } from './names'

/** The mark that Playwright writes last. */
const MARK = 'INSTALLATION_COMPLETE'

/** What a directory holds; nothing where it is missing, or anything but a directory. */
function look(path: string) {
  try {
    return entriesIn(path)
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    return []
  }
}

/** Whether something of Playwright's is whole in a directory of its cache, such as `playwright@SYSTEM`. */
export function isWhole(host: Host, room: string, name: string): boolean {
  const entries = look(`${realRootOf(host)}/${cacheDirectoryNamed(room).directory}/${name}`)
  return entries.some((entry) => entry.name === MARK && entry.isFile())
}

/** Whether a directory of Playwright's cache has a browser that is whole. */
export function hasBrowser(host: Host, room: string): boolean {
  const entries = look(`${realRootOf(host)}/${cacheDirectoryNamed(room).directory}`)
  return entries.some(({ name }) => isBrowser(name) && isWhole(host, room, name))
}
