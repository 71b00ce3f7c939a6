import { type BaseDirectory, baseLabel } from '../../devices/core/base-directories'
import type { FileUnit, UnitMaker } from '../../package-managers/core/steps'
import { isRecent, type Tree, Trees } from '../../package-managers/core/tree'

/**
 * Makes one stale unit of each base image directory that builds no longer use; passes everything else
 * to `maker`. A running build may still use one: a directory that was used within the last day, or that
 * a container mounts, is in use. `now` in milliseconds since the epoch.
 */
export function withStaleBases(
  maker: UnitMaker,
  cache: string,
  stale: ReadonlyMap<string, BaseDirectory>,
  now: number,
  isMounted: (directory: string) => boolean,
): UnitMaker {
  const trees = new Trees((path) => stale.has(path))
  return {
    add(entry) {
      if (!trees.add(entry)) maker.add(entry)
    },
    units() {
      const directories = trees.all.flatMap((tree) => {
        const directory = stale.get(tree.top.path)
        if (!directory) return []
        const isHeld = isMounted(directory.directory)
        return [staleUnit(cache, tree, directory, now, isHeld)]
      })
      return [...directories, ...maker.units()]
    },
  }
}

function staleUnit(
  cache: string,
  tree: Tree,
  directory: BaseDirectory,
  now: number,
  isHeld: boolean,
): FileUnit {
  // Without files: the last time that the content of the directory changed.
  const lastUsed = tree.lastUsed ?? tree.top.modified
  const isNew = isRecent(Math.max(lastUsed, tree.top.modified), now)
  return {
    id: directory.directory,
    cache,
    label: baseLabel(directory, lastUsed),
    bytes: tree.bytes,
    lastUsed,
    inUse: isNew || isHeld,
    isStale: true,
    needs: [],
    phases: [],
  }
}
