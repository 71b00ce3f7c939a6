import type { AppChange } from '../../../foundation/core/app-changes'
import { CATALOGUE } from '../../catalogue/core/catalogue'
import type { CacheSpec } from '../../catalogue/core/cache-spec'

/** Changes of a plan to one cache of an app: paths in the container, and names of variables. */
export interface CacheChanges {
  /** Name in the catalogue; '' for changes that belong to no cache. */
  readonly cache: string
  readonly mount: readonly string[]
  readonly unmount: readonly string[]
  readonly set: readonly string[]
  readonly unset: readonly string[]
}

function isMountOf(cache: CacheSpec, hostPath: string): boolean {
  // Older instructions mounted the whole cache by hand, so its directory counts as well.
  const paths = ['', ...cache.mounts.map(({ path }) => path)]
  return paths.some((path) => hostPath.endsWith(`/${cache.directory}${path ? `/${path}` : ''}`))
}

function isVariableOf(cache: CacheSpec, name: string): boolean {
  return [cache.location, ...cache.helpers].some((variable) => variable.name === name)
}

function placesIn(
  steps: readonly AppChange[],
  kind: 'mount' | 'unmount',
  isOurs: (hostPath: string) => boolean,
): readonly string[] {
  return steps.flatMap((step) =>
    step.kind === kind && isOurs(step.hostPath)
      ? [step.containerPath + (step.readonly ? ' (read-only)' : '')]
      : [],
  )
}

function changesOf(
  cache: string,
  steps: readonly AppChange[],
  isMount: (hostPath: string) => boolean,
  isVariable: (name: string) => boolean,
): readonly CacheChanges[] {
  const set = steps.flatMap((step) => (step.kind === 'set' ? Object.keys(step.values) : []))
  const unset = steps.flatMap((step) => (step.kind === 'unset' ? step.keys : []))
  const changes = {
    cache,
    mount: placesIn(steps, 'mount', isMount),
    unmount: placesIn(steps, 'unmount', isMount),
    set: set.filter(isVariable),
    unset: unset.filter(isVariable),
  }
  const { mount, unmount } = changes
  const count = [mount, unmount, changes.set, changes.unset].flat().length
  return count > 0 ? [changes] : []
}

/** Groups the steps by cache, in the order of the catalogue. */
export function changesByCache(steps: readonly AppChange[]): readonly CacheChanges[] {
  const known = CATALOGUE.flatMap((cache) =>
    changesOf(
      cache.name,
      steps,
      (path) => isMountOf(cache, path),
      (name) => isVariableOf(cache, name),
    ),
  )
  const isUnknown = (path: string) => !CATALOGUE.some((cache) => isMountOf(cache, path))
  const isForeign = (name: string) => !CATALOGUE.some((cache) => isVariableOf(cache, name))
  return [...known, ...changesOf('', steps, isUnknown, isForeign)]
}
