import type { Entry } from '../../../foundation/core/entry'
import type { FileUnit, UnitMaker } from './steps'
import { fileUnit, isPlain, isRecent, nameOf, Trees, treeUnit, unlink } from './tree'

/** Which entries of a cache are units by themselves. */
export interface UnitPaths {
  readonly files: RegExp
  /** Directories that are removed as a whole. */
  readonly directories?: RegExp
  /** The name of a unit for a person; its file name without this. */
  readonly label?: (path: string) => string
}

/**
 * Units of a cache whose files and directories do not need each other. One that was used within the last
 * day may belong to a running install. `now` in milliseconds since the epoch.
 */
export function independentUnits(cache: string, now: number, paths: UnitPaths): UnitMaker {
  const { files, directories, label = nameOf } = paths
  const trees = new Trees((path) => directories?.test(path) === true && isPlain(path))
  const units: FileUnit[] = []
  return {
    add(entry: Entry) {
      if (trees.add(entry) || entry.type !== 'file') return
      if (!files.test(entry.path) || !isPlain(entry.path)) return
      const unit = fileUnit(cache, entry, label(entry.path), [[unlink(entry)]])
      units.push({ ...unit, inUse: entry.links > 1 || isRecent(unit.lastUsed, now) })
    },
    units: () => [
      ...units,
      ...trees.all.map((tree) => {
        // An empty directory has no file that tells its age.
        const inUse = isRecent(Math.max(tree.lastUsed ?? 0, tree.top.modified), now)
        return treeUnit(cache, tree, label(tree.top.path), { inUse })
      }),
    ],
  }
}
