import { type KnownMount, isInUse, mountLabel } from '../../devices/core/known-cache-mounts'
import { SHARED_MOUNTS, mountKey } from '../../catalogue/core/cache-mounts'
import type { FileUnit, UnitMaker } from '../../package-managers/core/steps'
import { isRecent, type Tree, Trees } from '../../package-managers/core/tree'

const HOUR = 3_600_000

/**
 * Cache mounts in shared storage. Only the author of a Dockerfile knows which files of one are needed,
 * so it is removed as a whole. One that a build used, or that changed, within the last day may be in
 * use: renaming it would not stop a build that has it mounted. `now` in milliseconds since the epoch.
 */
export function mountUnits(now: number, known: readonly KnownMount[]): UnitMaker {
  const trees = new Trees((path) => /^[0-9a-f]{16}$/.test(path))
  return {
    add(entry) {
      trees.add(entry)
    },
    units: () => trees.all.map((tree) => unitOf(tree, known, now)),
  }
}

function unitOf(tree: Tree, known: readonly KnownMount[], now: number): FileUnit {
  const key = tree.top.path
  const own = known.filter((mount) => mountKey(mount) === key)
  const given = own.map(({ used }) => used * HOUR)
  // Without files: the time at which the directory was made.
  const files = tree.lastUsed ?? tree.top.modified
  return {
    id: key,
    cache: SHARED_MOUNTS,
    label: mountLabel(own, key),
    bytes: tree.bytes,
    lastUsed: Math.max(files, ...given),
    inUse: isRecent(files, now) || own.some((mount) => isInUse(mount, now)),
    needs: [],
    phases: [],
  }
}
