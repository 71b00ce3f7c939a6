import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Host } from '../../../foundation/cli/command'
import { readIfThere, replaceFile } from '../../../foundation/files/replace-file'
import { isRefusal } from '../../../foundation/files/walker'
import type { Platform } from '../../../foundation/platform'
import { cacheDirectoryNamed } from '../../directories/core/places'
import { type CacheProblem } from '../../directories/core/problems'
import { searchCaches } from '../../directories/host/caches'

/** Where the last searches of large caches stopped: in the plugin's own data, or beside the root. */
function placesFile(platform: Platform): string {
  return platform.kind === 'dokku'
    ? join(platform.libRoot, 'data/shared-cache/closed-search.json')
    : `${platform.root}-closed-search.json`
}

/** Places by the directories of caches. A file that cannot be read has none: a search begins anew. */
function readPlaces(platform: Platform): ReadonlyMap<string, string> {
  try {
    const value = JSON.parse(readIfThere(placesFile(platform)) ?? '{}') as unknown
    const pairs = typeof value === 'object' && value !== null ? Object.entries(value) : []
    return new Map(pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
  } catch {
    return new Map()
  }
}

function writePlaces(platform: Platform, places: ReadonlyMap<string, string>): void {
  try {
    mkdirSync(dirname(placesFile(platform)), { recursive: true })
    replaceFile(placesFile(platform), JSON.stringify(Object.fromEntries(places)), 0o644)
  } catch (error) {
    // A disk in trouble is a finding of its own; the next search begins where this one began.
    if (!isRefusal(error)) throw error
  }
}

/** What a search for closed directories found. */
export interface ClosedFacts {
  readonly problems: readonly CacheProblem[]
  /** Caches too large for one search: the next one continues. */
  readonly partly: readonly string[]
}

/** Searches caches for directories that are closed to other users, and notes where it stopped. */
export function examineClosed(host: Host, names: readonly string[]): ClosedFacts {
  const before = readPlaces(host.platform)
  const found = searchCaches(host, names, before)
  const stopped = [...found].filter(([, { stoppedAt }]) => stoppedAt !== '')
  if (stopped.length > 0 || before.size > 0) {
    const kept = [...before].filter(([directory]) => !found.has(directory))
    const places = stopped.map(([directory, { stoppedAt }]) => [directory, stoppedAt] as const)
    writePlaces(host.platform, new Map([...kept, ...places]))
  }
  return {
    problems: [...found.values()].flatMap(({ problems }) => problems),
    partly: names.filter((name) =>
      stopped.some(([directory]) => directory === cacheDirectoryNamed(name).directory),
    ),
  }
}
