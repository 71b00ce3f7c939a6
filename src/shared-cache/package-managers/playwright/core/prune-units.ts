import type { UnitMaker } from '../../core/steps'
import { isPlain, isRecent, nameOf, SYSTEM, Trees, treeUnit, type Tree } from '../../core/tree'

/** `chromium-1187`, `chromium_headless_shell-1187`, `webkit_ubuntu20.04_x64_special-2092`. */
const REVISION = new RegExp(`^${SYSTEM}[a-z][a-z0-9._-]*-\\d+$`)
const COMPLETE = 'INSTALLATION_COMPLETE'

/**
 * Playwright: a unit is the directory of a browser's revision. An app does not download browsers at run
 * time, so a browser that a deployed app needs is in use at any age; if this is unknown (`neededIn`
 * returns null), all are. One installed within the last day may belong to a running deploy. One without
 * the marker of a complete installation cannot be used. `now` in milliseconds.
 */
export function playwrightUnits(
  now: number,
  neededIn: (room: string) => ReadonlySet<string> | null,
): UnitMaker {
  const revisions = new Trees((path) => REVISION.test(path) && isPlain(path))
  const complete = new Set<Tree>()
  return {
    add(entry) {
      const tree = revisions.add(entry)
      if (tree && entry.path === `${tree.top.path}/${COMPLETE}`) complete.add(tree)
    },
    units: () =>
      revisions.all.map((tree) => {
        const name = nameOf(tree.top.path)
        const lastUsed = Math.max(tree.lastUsed ?? 0, tree.top.modified)
        const needed = neededIn(tree.top.path.slice(0, -name.length - 1))
        const isNeeded = complete.has(tree) && (needed === null || needed.has(name))
        const inUse = isNeeded || isRecent(lastUsed, now)
        return { ...treeUnit('playwright', tree, name, { inUse }), lastUsed }
      }),
  }
}
