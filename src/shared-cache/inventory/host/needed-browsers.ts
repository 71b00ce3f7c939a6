import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  BROWSERS_BYTES,
  BrowserSearch,
  type BrowserNeed,
} from '../../package-managers/playwright/core/browsers'
import { linkedBrowsers } from './linked-browsers'
import { realRootOf } from '../../directories/host/caches'
import { placesToSearch } from '../core/image-commands'
import { parseGiven, parseSeen } from '../../apps/core/record'
import type { Seen } from '../../apps/core/app'
import { KnownError } from '../../../foundation/core/errors'
import type { Engine, EngineContainer } from '../../../foundation/docker/engine'
import { makeProperties, type Properties } from '../../../foundation/dokku/property-store'
import type { Host } from '../../../foundation/cli/command'
import type { DokkuPlatform } from '../../../foundation/platform'

/** Maximum milliseconds for the files of one directory in an image. */
const PATIENCE = 300_000

const UNKNOWN: BrowserNeed = { rooms: null, names: null }

/** The context of a search in apps, containers and images. */
interface Search {
  readonly engine: Engine
  readonly platform: DokkuPlatform
  readonly properties: Properties
  readonly progress: (what: string) => void
  /** Whether results are saved for later runs: not in a dry run. */
  readonly isRemembered: boolean
  /** Results of this run by image. */
  readonly images: Map<string, Promise<readonly string[] | null>>
}

/** Searches an image for packages of Playwright, without running it. Null if unknown. */
async function searchImage(engine: Engine, id: string): Promise<readonly string[] | null> {
  const image = await engine.image(id)
  if (!image) return null
  const places = placesToSearch({ ...image, history: await engine.history(image.id) })
  const search = new BrowserSearch()
  const isWhole = await engine.withContainerOf(image.id, async (view) => {
    for (const place of places) {
      const whole = await view.walk(place, PATIENCE, (path, bytes) =>
        search.see(path, bytes) ? (text) => search.read(path, text) : undefined,
      )
      if (!whole) return false
    }
    return true
  })
  return isWhole ? search.result() : null
}

/** Browsers that an image needs, searched once; `known` are the results of earlier runs. */
function needsOfImage(search: Search, id: string, known: Seen['browsers']) {
  const found = search.images.get(id)
  if (found) return found
  const remembered = known?.[id]
  const needs =
    remembered === undefined ? searchImage(search.engine, id) : Promise.resolve(remembered)
  search.images.set(id, needs)
  return needs
}

/**
 * Browsers that a running container needs besides those of its image, for example installed at its
 * start.
 */
async function needsOfChanges(engine: Engine, id: string): Promise<readonly string[] | null> {
  return engine.withChangesOf(id, async (paths, view) => {
    const search = new BrowserSearch()
    for (const path of paths) {
      if (!search.see(path, 0)) continue
      const text = await view.readFile(path, BROWSERS_BYTES)
      if (text !== null) search.read(path, text)
    }
    return search.result()
  })
}

/** Whether Dokku started containers of an app: it writes a file for each. */
function isDeployed({ platform }: Search, app: string): boolean {
  try {
    return readdirSync(join(platform.dokkuRoot, app)).some((name) => name.startsWith('CONTAINER'))
  } catch {
    return true
  }
}

async function needsOfApp(
  search: Search,
  app: string,
  containers: readonly EngineContainer[],
): Promise<readonly BrowserNeed[]> {
  const { engine, properties, isRemembered } = search
  search.progress(app)
  const seen = parseSeen(app, properties.get(app, 'seen'))
  const latest = await engine.image(`dokku/${app}:latest`)
  const own = containers.filter(({ labels }) => labels['com.dokku.app-name'] === app)
  const ids = [...new Set([...(latest ? [latest.id] : []), ...own.map(({ imageId }) => imageId)])]
  if (ids.length === 0) return isDeployed(search, app) ? [UNKNOWN] : []
  const found: Record<string, readonly string[] | null> = {}
  for (const id of ids) found[id] = await needsOfImage(search, id, seen?.browsers)
  if (seen && isRemembered) {
    const text = JSON.stringify({ ...seen, browsers: found })
    if (text !== properties.get(app, 'seen')) await properties.set(app, 'seen', text)
  }
  // Containers of an earlier image may mount the whole cache, or the directory of another system.
  const systems = seen?.system && seen.image === latest?.content ? ['', seen.system] : null
  // Browsers that were copied from the image to the cache are not part of a package.
  const copied = (seen?.copied ?? []).flatMap(({ needed }) => needed)
  const needs = Object.entries(found).map(([id, names]) => ({
    rooms: id === latest?.id ? systems : null,
    names,
  }))
  return [...needs, { rooms: null, names: copied.map((unit) => unit.replace(/^.*\//, '')) }]
}

/** Whether a path of the host is a directory, or in it. */
export const isIn = (directory: string) => (path: string) =>
  path === directory || path.startsWith(`${directory}/`)

async function searchAll(search: Search, directory: string): Promise<readonly BrowserNeed[]> {
  const { engine, platform, properties } = search
  const holds = isIn(join(platform.hostRoot, directory))
  const containers = await engine.containers({})
  const apps = properties
    .apps()
    .filter((app) =>
      parseGiven(app, properties.get(app, 'given')).given.mounts.some(({ host }) => holds(host)),
    )
  const needs: BrowserNeed[] = []
  for (const app of apps) needs.push(...(await needsOfApp(search, app, containers)))
  for (const { id, imageId, binds, state, labels } of containers) {
    if (!binds.some(holds)) continue
    search.progress(labels['com.dokku.app-name'] ?? id.slice(0, 12))
    needs.push({ rooms: null, names: await needsOfImage(search, imageId, undefined) })
    if (state === 'running') needs.push({ rooms: null, names: await needsOfChanges(engine, id) })
  }
  return needs
}

/**
 * Browsers that the apps and containers with a cache's directory need. `progress` receives the name of
 * what is being inspected; `isRemembered` is false for a dry run, which stores nothing. If Docker, an
 * image or a record cannot be read, the result is unknown.
 */
export async function findNeededBrowsers(
  { platform, runner, engine }: Host & { readonly engine: () => Promise<Engine> },
  directory: string,
  isRemembered: boolean,
  progress: (what: string) => void,
): Promise<readonly BrowserNeed[]> {
  if (platform.kind !== 'dokku')
    return linkedBrowsers(join(realRootOf({ platform, runner }), directory))
  const properties = makeProperties(platform, runner)
  try {
    const search = { platform, properties, progress, isRemembered, images: new Map() }
    return await searchAll({ ...search, engine: await engine() }, directory)
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    return [UNKNOWN]
  }
}
