import { type Dirent, closeSync, lstatSync, readdirSync } from 'node:fs'
import { CATALOGUE, DEFAULT_CACHES } from '../../catalogue/core/catalogue'
import { nameIn } from '../../catalogue/core/group'
import { TAG, cacheDirectoryNamed } from '../../directories/core/places'
import { realRootOf } from '../../directories/host/caches'
import { cachesThere } from '../../directories/host/names'
import { appSettings } from '../../properties/core/properties'
import type { Host } from '../../../foundation/cli/command'
import { makeProperties } from '../../../foundation/dokku/property-store'
import { at, isRefusal, openDirectory, openIfThere } from '../../../foundation/files/walker'

/**
 * Names of the caches that a command lists if none was named, those of groups last: caches that are
 * enabled for all apps or for one, and caches whose directories have a file.
 */
export function listedCaches(host: Host): readonly string[] {
  const on = new Set(switchedOn(host))
  const filled = cachesThere(host).filter((name) => on.has(name) || holdsFile(host, name))
  const names = new Set([...on, ...filled])
  const alone = CATALOGUE.map(({ name }) => name).filter((name) => names.has(name))
  return [...alone, ...[...names].filter((name) => !alone.includes(name)).sort()]
}

function switchedOn({ platform, runner }: Host): readonly string[] {
  if (platform.kind !== 'dokku') return DEFAULT_CACHES
  const properties = makeProperties(platform, runner)
  const global = properties.all('--global')
  const each = [{}, ...properties.apps().map((app) => properties.all(app))]
  return each.flatMap((values) => {
    const { enabled, caches, group } = appSettings(values, global)
    return enabled ? caches.map((cache) => nameIn(group, cache)) : []
  })
}

/** Whether a cache has a file with content; also true if the cache cannot be read. */
function holdsFile(host: Host, name: string): boolean {
  try {
    const path = `${realRootOf(host)}/${cacheDirectoryNamed(name).directory}`
    const directory = openIfThere(path)
    return directory !== undefined && holdsFileIn(directory)
  } catch (error) {
    if (isRefusal(error)) return true
    throw error
  }
}

/** Looks for the first such file, and closes the directory. */
function holdsFileIn(directory: number): boolean {
  try {
    const entries = readdirSync(at(directory, '.'), { withFileTypes: true })
    const isFilled = ({ name }: Dirent) => lstatSync(at(directory, name)).size > 0
    return (
      entries.some((entry) => entry.isFile() && entry.name !== TAG && isFilled(entry)) ||
      entries.some(
        (entry) => entry.isDirectory() && holdsFileIn(openDirectory(directory, entry.name)),
      )
    )
  } finally {
    closeSync(directory)
  }
}
