import { lastUse, type Entry } from '../../../../foundation/core/entry'
import type { LooseUnit } from '../../core/loose'
import type { FileUnit, UnitMaker } from '../../core/steps'
import { fileUnit, isPlain, isRecent, Trees, treeUnit, unlink } from '../../core/tree'

const HEX = '[0-9a-f]'
const SPREAD = `(${HEX}{2})/(${HEX}{2})/(${HEX}+)$`
const CONTENT = new RegExp(`^(_cacache/content-v2/[a-z0-9]+)/${SPREAD}`)
const BUCKET = new RegExp(`^(_cacache/index-v5)/${SPREAD}`)
const TEMPORARY = /^_cacache\/tmp\/[^/]+$/

/**
 * npm: only `_cacache` is the cache. npm downloads missing content and index entries again. Content is
 * removed first: npm repairs an index entry without content, but content without an index entry would
 * stay unused. Directories stay, because npm writes a file right after it checked that the directory
 * exists. `now` in milliseconds since the epoch.
 */
export function npmUnits(now: number, loose: (unit: LooseUnit) => void): UnitMaker {
  const units: FileUnit[] = []
  const temporary = new Trees((path) => TEMPORARY.test(path) && isPlain(path))
  return {
    add(entry: Entry) {
      if (temporary.add(entry) || entry.type !== 'file') return
      const content = CONTENT.exec(entry.path)
      const found = content ?? BUCKET.exec(entry.path)
      if (found) {
        const phases = content ? [[unlink(entry)]] : [[], [unlink(entry)]]
        loose({ ...hashed(found), ...sizeOf(entry), noun: content ? 'content' : 'index', phases })
      } else if (TEMPORARY.test(entry.path) && isPlain(entry.path)) {
        const unit = fileUnit('npm', entry, 'temporary file', [[unlink(entry)]])
        units.push({ ...unit, inUse: isRecent(unit.lastUsed, now) })
      }
    },
    units: () => [
      ...units,
      ...temporary.all.map((tree) => {
        // An empty directory has no file that shows its age.
        const recent = isRecent(Math.max(tree.lastUsed ?? 0, tree.top.modified), now)
        return treeUnit('npm', tree, 'temporary file', { inUse: recent })
      }),
    ],
  }
}

function hashed([, group = '', a = '', b = '', rest = '']: readonly string[]) {
  return { group, hash: a + b + rest }
}

function sizeOf(entry: Entry) {
  return { bytes: entry.bytes, lastUsed: lastUse(entry), inUse: false, isSpread: true }
}
