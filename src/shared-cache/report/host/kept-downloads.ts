import { cacheNamed } from '../../catalogue/core/catalogue'
import { splitName } from '../../catalogue/core/group'
import { cacheDirectoryNamed } from '../../directories/core/places'
import { realRootOf } from '../../directories/host/caches'
import { entriesIn } from '../../directories/host/names'
import type { Host } from '../../../foundation/cli/command'
import { isRefusal } from '../../../foundation/files/walker'
import type { CacheReport } from '../core/global-report'

/** Every cache has the file that makes backup programs skip it. */
const OWN_FILES = 1

/**
 * Names of the pip caches that pip wrote to without storing a download: their package index sends no
 * cache headers. Lists two directories for each, and walks nothing.
 */
export function withoutDownloads(host: Host, caches: readonly CacheReport[]): readonly string[] {
  return caches
    .filter(({ name, files }) => splitName(name)?.cache.name === 'pip' && files > OWN_FILES)
    .filter(({ name }) => !hasDownloads(host, name))
    .map(({ name }) => name)
}

/** Whether a directory for downloads is not empty; also true if it cannot be read. */
function hasDownloads(host: Host, name: string): boolean {
  const directory = `${realRootOf(host)}/${cacheDirectoryNamed(name).directory}`
  try {
    return cacheNamed('pip').downloaded.some((path) => entriesIn(`${directory}/${path}`).length > 0)
  } catch (error) {
    if (isRefusal(error)) return true
    throw error
  }
}
