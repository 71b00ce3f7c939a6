import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  BROWSERS_BYTES,
  browsersOf,
  type BrowserNeed,
} from '../../package-managers/playwright/core/browsers'
import { entriesIn } from '../../directories/host/names'
import { codeOf } from '../../../foundation/files/walker'

/** The directory in which each installed Playwright leaves a file with the path of its package. */
const LINKS = '.links'

/** A path is no longer than this. */
const LINK_BYTES = 4096

/** The text of a file on this machine; null for a missing one. Throws the system's error. */
function readSmall(path: string, most: number): string | null {
  try {
    const stats = statSync(path)
    return stats.isFile() && stats.size <= most ? readFileSync(path, 'utf8') : ''
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null
    throw error
  }
}

/** What one file in `.links` needs: nothing if its package is gone, as for Playwright itself. */
function needOf(link: string): BrowserNeed {
  try {
    const place = readSmall(link, LINK_BYTES)
    if (place === null) return { rooms: null, names: [] }
    if (!place.startsWith('/')) return { rooms: null, names: null }
    const text = readSmall(join(place, 'browsers.json'), BROWSERS_BYTES)
    return { rooms: null, names: text === null ? [] : browsersOf(text) }
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return { rooms: null, names: null }
  }
}

/**
 * Browsers that the Playwright packages of this machine need, for a machine without Dokku: `.links` in
 * the cache names the packages that installed browsers there. A package that cannot be read may need any.
 * Source: Playwright's own removal of unused browsers (`_validateInstallationCache`), 1.55.
 */
export function linkedBrowsers(directory: string): readonly BrowserNeed[] {
  const links = join(directory, LINKS)
  return entriesIn(links).map(({ name }) => needOf(join(links, name)))
}
