import { type BaseDirectory, baseLabel } from '../../devices/core/base-directories'
import type { FileUnit, UnitMaker } from '../../package-managers/core/steps'
import { isRecent, type Tree, Trees } from '../../package-managers/core/tree'

/**
 * Makes one stale unit of each directory of a base image that no build uses any more; everything else
 * goes to `maker`. A build that began before may still use one: a directory that was used within the
 * last day, or that a container mounts, is in use. `now` in milliseconds since the epoch.
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
  // A directory without files: when something came into it or left it last.
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
